//! `import`: the files that it writes from a live Vault.

use crate::support::{Mappings, Tool, Vault};

#[test]
fn a_plan_right_after_the_import_of_the_article_changes_nothing() {
    let (vault, mappings) = (Vault::start(), Mappings::article());
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    tool.run(["import", "--out", "imported"]).assert().success();
    let plan = tool.run(["plan", "--detailed-exitcode", "--mappings", "imported"]);
    { plan }.assert().code(0);
}
