//! What a new repository is asked for: texts that fit unquoted into YAML, Markdown and CODEOWNERS.

use std::fmt;
use std::str::FromStr;

use url::Url;

use crate::value::Invalid;

/// The address of a server, without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerUrl(String);

impl FromStr for ServerUrl {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = |problem: &str| Invalid {
            problem: format!("`{text}` {problem}"),
            help: "write its address as in a browser, such as https://vault.example.com".into(),
        };
        let url = Url::parse(text).map_err(|_| invalid("is not a URL"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(invalid("does not begin with https:// or http://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid("holds a user name or a password"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(invalid("does not end before `?` and `#`"));
        }
        let text = url.as_str().trim_end_matches('/');
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/%[]".contains(c);
        if text.chars().all(is_plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(invalid("has characters that no server's address needs"))
        }
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A Git branch: <https://git-scm.com/docs/git-check-ref-format>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Branch(String);

impl Branch {
    /// Its name.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Branch {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let is_valid = |c: char| !c.is_control() && !" ~^:?*[\\".contains(c);
        if !text.is_empty() && text.chars().all(is_valid) {
            return Ok(Self(text.to_owned()));
        }
        Err(Invalid {
            problem: format!("`{text}` is not the name of a branch"),
            help: "write the name of the protected branch, such as main".into(),
        })
    }
}

/// A user or group as CODEOWNERS names it: <https://docs.gitlab.com/user/project/codeowners/reference/>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CodeOwner(String);

impl FromStr for CodeOwner {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let name = text.strip_prefix('@').unwrap_or_default();
        let is_valid = |c: char| c.is_ascii_alphanumeric() || "-._/".contains(c);
        if !name.is_empty() && name.chars().all(is_valid) {
            return Ok(Self(text.to_owned()));
        }
        Err(Invalid {
            problem: format!("`{text}` is not a user or a group"),
            help: "write it with @ in front, such as @devops or @company/devops".into(),
        })
    }
}

impl fmt::Display for CodeOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The project that has the pipeline's component, and a version: <https://docs.gitlab.com/ci/components/>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Component {
    project: String,
    version: String,
}

impl FromStr for Component {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let is_valid = |c: char| c.is_ascii_alphanumeric() || "-._/~".contains(c);
        match text.split_once('@') {
            Some((project, version))
                if [project, version]
                    .iter()
                    .all(|part| !part.is_empty() && part.chars().all(is_valid)) =>
            {
                Ok(Self {
                    project: project.to_owned(),
                    version: version.to_owned(),
                })
            }
            _ => Err(Invalid {
                problem: format!("`{text}` is not a project and a version"),
                help: "write them as PROJECT@VERSION, such as devops/vault-provisioner@1.0.0"
                    .into(),
            }),
        }
    }
}

impl Component {
    /// One of the project's components as an `include` names it, on the GitLab that runs the pipeline.
    pub(crate) fn named(&self, name: &str) -> String {
        let Self { project, version } = self;
        format!("$CI_SERVER_FQDN/{project}/{name}@{version}")
    }
}
