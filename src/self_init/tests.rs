//! What the stanza says.

use serde_json::json;

use super::hcl::{self, StanzaRequest};
use super::*;
use crate::mappings::desired_of;

fn stanza(platform: &str) -> String {
    of(&desired_of(&format!("version: 1\n{platform}"))).text
}

#[test]
fn mounts_come_before_policies_and_policies_before_roles() {
    let text = stanza(
        "auth: {gitlab: {type: jwt, config: {jwks_url: https://git.test/-/jwks}, roles: {a: {user_claim: project_id, \
         bound_audiences: [a], bound_claims: {project_id: '1'}, token_policies: [a]}}}}\nsecrets: {aws: {type: aws}}\npolicies: {a: \
         {rules: [{path: x, capabilities: [read]}]}}\n",
    );
    let order = [
        "\"sys/auth/gitlab\"",
        "\"sys/mounts/aws\"",
        "\"auth/gitlab/config\"",
        "acl/a\"",
        "role/a\"",
    ];
    let found: Vec<Option<usize>> = order.iter().map(|path| text.find(path)).collect();
    assert!(
        found.iter().all(Option::is_some) && found.is_sorted(),
        "{found:?}\n{text}"
    );
    assert!(
        !text.contains("eval_source"),
        "no policy needs an accessor: {text}"
    );
}

#[test]
fn templates_of_vault_are_not_filled_in_by_openbao() {
    let text = stanza(
        "auth: {gitlab: {type: jwt}}\npolicies: {a: {rules: [{path: 'x/{{identity.entity.aliases.${auth.gitlab.accessor}.name}}', \
         capabilities: [read]}]}}\n",
    );
    let filled = r#"x/{{"{{"}}identity.entity.aliases.{{ .responses.vault_provisioner.read_sys_auth_gitlab.data.accessor }}.name}}"#;
    assert!(text.contains(filled), "{text}");
}

#[test]
fn no_text_ends_the_place_that_it_is_in() {
    let body = json!({
        "a": "x\nEND\ny", "b": ["line\nline", "${x}"], "c": {"d\"": "\"}"}, "e": true, "f": 3,
    });
    let request = |name: &str| StanzaRequest {
        name: name.to_owned(),
        operation: "update",
        path: "a".to_owned(),
        body: body.as_object().cloned().unwrap_or_default(),
    };
    insta::assert_snapshot!(hcl::block("x", &[request("y")]), @r#"
    initialize "x" {
      request "y" {
        operation = "update"
        path      = "a"
        data = {
          "a" = <<END_
    x
    END
    y
    END_
          "b" = ["line\nline", "\u0024{x}"]
          "c" = {
            "d\"" = "\"}"
          }
          "e" = true
          "f" = 3
        }
      }
    }
    "#);
}

#[test]
fn each_request_has_a_name_of_its_own() {
    let mut stanza = Stanza::default();
    let mut push = |path: &str| {
        stanza.push(
            "update",
            Write {
                path: path.to_owned(),
                body: Map::new(),
            },
        )
    };
    let names = ["a/b-c", "a/b.c", "a/b_c"].map(&mut push);
    assert_eq!(names, ["update_a_b_c", "update_a_b_c_2", "update_a_b_c_3"]);
}
