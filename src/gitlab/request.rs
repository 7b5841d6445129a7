//! One request to GitLab's API.

use reqwest::Method;
use serde::Serialize;

/// The upper limit of GitLab: <https://docs.gitlab.com/api/rest/#offset-based-pagination>
const PER_PAGE: &str = "100";

/// One request.
pub(super) struct GitLabRequest {
    pub(super) method: Method,
    /// The path under the API's root, without a slash in front. A slash inside a segment is written `%2F`.
    pub(super) path: String,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) body: Option<Vec<u8>>,
}

impl GitLabRequest {
    pub(super) fn new(method: Method, path: String) -> Self {
        Self {
            method,
            path,
            query: Vec::new(),
            body: None,
        }
    }

    /// The request for a list.
    pub(super) fn listing(path: String, query: &[(&'static str, &str)]) -> Self {
        let query = query.iter().chain(&[("per_page", PER_PAGE)]);
        Self {
            query: query
                .map(|&(name, value)| (name, value.to_owned()))
                .collect(),
            ..Self::new(Method::GET, path)
        }
    }

    pub(super) fn with_body(self, body: &impl Serialize) -> Self {
        // Fails only for a map whose keys are not strings, and no request has one.
        let body = serde_json::to_vec(body).ok();
        Self { body, ..self }
    }

    /// The request as messages show it.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Whether sending it twice has the same effect as sending it once.
    pub(super) fn is_repeatable(&self) -> bool {
        self.method != Method::POST
    }
}
