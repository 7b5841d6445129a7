//! Checks that every difference is reported.

use super::*;

/// Differences that are easy to get wrong, in fields whose type lets them happen.
#[test]
fn a_difference_is_never_left_out() {
    let config = |provider: Value| json!({"provider_config": provider});
    let changes = [
        (json!({"a": null}), json!({})),
        (json!({"a": ""}), json!({"a": "x"})),
        (json!({"a": "x"}), json!({"a": ""})),
        (json!({"a": []}), json!({"a": {}})),
        (json!({"a": [1, 2, 3]}), json!({"a": [3, 1, 4]})),
        (json!({"a": [{"b": 1}]}), json!({"a": [{"b": 2}]})),
        (json!({"a": "1\n2\n"}), json!({"a": "1\n2"})),
        (json!({"a": "1\r\n2"}), json!({"a": "1\n2"})),
        (json!({"a": "{\"b\": 1}"}), json!({"a": "{\"b\":1}"})),
        (json!({"a": "1"}), json!({"a": 1})),
        (json!({"a": {"b": 1}}), json!({"a": true})),
    ]
    .map(|(before, after)| {
        let address = Address::of_mount(Kind::JwtConfig, "gitlab");
        update(address, config(before), config(after))
    });
    insta::assert_snapshot!(written(&plan(changes.into(), vec![]), Format::Text), @r#"
    Plan: 0 to create, 11 to update, 0 to delete.
    Compared: auth/gitlab, aws, 2 policies. Not looked at: other mounts and policies, identity, tokens, AWS.

    ~ JWT config auth/gitlab/config
        - provider_config.a: null

    ~ JWT config auth/gitlab/config
        + provider_config.a: x

    ~ JWT config auth/gitlab/config
        - provider_config.a: x

    ~ JWT config auth/gitlab/config
        ~ provider_config.a: [] -> {}

    ~ JWT config auth/gitlab/config
        ~ provider_config.a: [1,2,3] -> [3,1,4]

    ~ JWT config auth/gitlab/config
        - provider_config.a.b: 1
        + provider_config.a.b: 2

    ~ JWT config auth/gitlab/config
        ~ provider_config.a: "1\n2\n" -> "1\n2"

    ~ JWT config auth/gitlab/config
        ~ provider_config.a:
          - 1\r
          + 1
            2

    ~ JWT config auth/gitlab/config
        ~ provider_config.a: "{\"b\": 1}" -> "{\"b\":1}"

    ~ JWT config auth/gitlab/config
        ~ provider_config.a: "1" -> 1

    ~ JWT config auth/gitlab/config
        ~ provider_config.a: {"b":1} -> true

    Plan: 0 to create, 11 to update, 0 to delete.
    "#);
}
