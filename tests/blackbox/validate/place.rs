//! The place of a file of a project or group.

use super::{PROJECT, good, mistakes};

#[test]
fn a_file_is_where_its_path_says() {
    let mappings = good();
    mappings.write(
        "projects/shop/checkout.yaml",
        PROJECT
            .replace("team/app", "shop/basket")
            .replace("365", "366"),
    );
    mappings.write(
        "projects/shop/Till/front.yaml",
        PROJECT
            .replace("team/app", "Shop/till/Front")
            .replace("365", "367"),
    );
    mappings.write("projects/group.yaml", "group: shop\nid: 72\n");
    insta::assert_snapshot!(mistakes(&mappings), @"
    error[misplaced-file]: this file is `projects/group.yaml`, and the file of shop is `projects/shop/group.yaml`
     --> mappings/projects/group.yaml:1:8
      |
    1 | group: shop
      |        ^^^^
      |
      = help: move the file to `projects/shop/group.yaml`, or write the path of the group that it is for

    error[misplaced-file]: this file is `projects/shop/checkout.yaml`, and the file of shop/basket is `projects/shop/basket.yaml`
     --> mappings/projects/shop/checkout.yaml:1:10
      |
    1 | project: shop/basket
      |          ^^^^^^^^^^^
      |
      = help: move the file to `projects/shop/basket.yaml`, or write the path of the project that it is for

    error: 2 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    ");
}
