//! The addresses of GitLab and of its API.

use url::Url;

use super::job_error::JobError;
use crate::diagnostic::printable;

/// The root of the API of the GitLab at an address, which may be the API's own.
pub(super) fn api_of(address: &Url) -> Url {
    let mut api = address.clone();
    if !address.path().trim_end_matches('/').ends_with("/api/v4")
        && let Ok(mut segments) = api.path_segments_mut()
    {
        segments.pop_if_empty().extend(["api", "v4"]);
    }
    api
}

/// The address of GitLab or of its API.
pub(crate) fn gitlab_address(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| {
        let is_bare = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        matches!(url.scheme(), "http" | "https") && is_bare
    })
}

pub(super) fn api_url(text: &str) -> Result<Url, JobError> {
    gitlab_address(text).ok_or_else(|| JobError::Malformed {
        name: "CI_API_V4_URL",
        expected: "an address such as https://git.example.com/api/v4",
        // A password in it must not be shown.
        value: match text.rsplit_once('@') {
            Some((_, rest)) => format!("…@{}", printable(rest)),
            None => printable(text).into_owned(),
        },
    })
}
