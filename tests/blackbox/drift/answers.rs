//! GitLab's answers, when they are not those of its API: a run ends with an error or asks again, and no issue is doubled.

use serde_json::json;

use super::{FOREIGN, World};
use crate::support::stderr;

/// Where the odd answer comes: while there is no issue yet, or to the changes of one.
const OPENING: &str = "/issues(\\?|$)";
const CHANGING: &str = "/issues/1$";
const NOTES: &str = "/notes$";

/// A request, the odd answer to it, and the code of the error. Without one, the request is sent again.
const CASES: [(&str, &str, u16, &str, Option<&str>); 18] = [
    ("GET", OPENING, 500, r#"{"message":"oops"}"#, None),
    ("GET", OPENING, 503, "<html>down</html>", None),
    ("GET", OPENING, 200, "null", Some("not-gitlab")),
    ("GET", OPENING, 200, "{}", Some("not-gitlab")),
    ("GET", OPENING, 200, "[{}]", Some("not-gitlab")),
    (
        "GET",
        OPENING,
        200,
        r#"[{"iid":"1","author":null}]"#,
        Some("not-gitlab"),
    ),
    (
        "GET",
        OPENING,
        200,
        "<html>login</html>",
        Some("not-gitlab"),
    ),
    (
        "GET",
        OPENING,
        403,
        r#"{"error":"insufficient_scope"}"#,
        Some("gitlab-refused"),
    ),
    (
        "GET",
        "/user",
        401,
        r#"{"message":"401 Unauthorized"}"#,
        Some("gitlab-refused"),
    ),
    ("GET", "/user", 200, r#"{"id":"7"}"#, Some("not-gitlab")),
    ("POST", OPENING, 201, "", None),
    ("POST", OPENING, 500, "", None),
    (
        "POST",
        OPENING,
        409,
        r#"{"message":"Duplicated issue"}"#,
        Some("gitlab-refused"),
    ),
    ("POST", OPENING, 413, "too large", Some("not-gitlab")),
    ("POST", OPENING, 302, "", Some("gitlab-redirect")),
    (
        "PUT",
        CHANGING,
        404,
        r#"{"message":"404 Not found"}"#,
        Some("gitlab-refused"),
    ),
    ("PUT", CHANGING, 500, "", None),
    (
        "POST",
        NOTES,
        400,
        r#"{"message":{"note":["is too long"]}}"#,
        Some("gitlab-refused"),
    ),
];

#[test]
fn an_odd_answer_is_an_error_or_asked_for_again_and_doubles_no_issue() {
    for (method, path, status, body, error) in CASES {
        let case = format!("{method} {path} {status} {body}");
        let world = World::new();
        world.change("one", FOREIGN);
        if [CHANGING, NOTES].contains(&path) {
            world.drift().code(2);
            world.change("two", FOREIGN);
        }
        let fault = json!({"method": method, "path": path, "status": status, "body": body});
        world.gitlab.fault(fault);
        let run = world.drift();
        let run = run.code(if error.is_some() { 1 } else { 2 });
        assert!(world.gitlab.is_past_faults(), "{case}: it did not strike");
        let said = stderr(&run);
        let is_told = error.is_none_or(|code| said.starts_with(&format!("error[{code}]: ")));
        assert!(is_told, "{case}: {said}");
        world.drift().code(2);
        assert_eq!(world.gitlab.issues("opened").len(), 1, "{case}");
        assert_eq!(world.gitlab.issues("closed").len(), 0, "{case}");
    }
}
