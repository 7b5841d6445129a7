//! A new configuration repository: the safe default with a company's own names, and the pipeline that carries it out.

mod answer;
mod remote;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;

pub(crate) use answer::{Branch, CodeOwner, Component, ServerUrl};
pub(crate) use remote::GitRemote;

use crate::value::{AccountId, PinnedImage, ProjectId};

/// What a new repository is about.
#[derive(Debug, Clone)]
pub(crate) struct NewRepository {
    /// Where Vault is.
    pub(crate) vault: ServerUrl,
    /// Where GitLab is, which signs the JWTs.
    pub(crate) gitlab: ServerUrl,
    /// The number of the project that the repository belongs to.
    pub(crate) project_id: ProjectId,
    /// Its protected branch, from which it is applied.
    pub(crate) branch: Branch,
    /// The `aud` of the JWTs.
    pub(crate) audience: ServerUrl,
    /// The AWS accounts whose roles projects may name.
    pub(crate) accounts: Vec<AccountId>,
    /// Who approves changes of the platform.
    pub(crate) owner: CodeOwner,
    /// The component with the pipeline's jobs.
    pub(crate) component: Component,
    /// The image of the pipeline's jobs; none until it is built, and then the project's settings name it.
    pub(crate) image: Option<PinnedImage>,
}

/// The files, with `@NAME@` in place of a value of [`NewRepository`]. The mappings are last: what was interrupted before
/// them can be run again.
const FILES: [(&str, &str); 6] = [
    ("README.md", include_str!("files/README.md")),
    (".gitlab-ci.yml", include_str!("files/gitlab-ci.yml")),
    (".gitlab/CODEOWNERS", include_str!("files/CODEOWNERS")),
    (".vscode/settings.json", include_str!("files/settings.json")),
    (
        "mappings/contract.yaml",
        include_str!("files/contract.yaml"),
    ),
    ("mappings/vault.yaml", include_str!("files/vault.yaml")),
];

/// Where editors find the JSON Schema of the files.
pub(crate) const SCHEMA: &str = ".vscode/mappings.schema.json";

/// The account in the example of the README, where none is known.
const EXAMPLE_ACCOUNT: &str = "123456789012";

impl NewRepository {
    /// Its files, in the order in which they are written.
    pub(crate) fn files(&self) -> Vec<(PathBuf, String)> {
        let values = self.values();
        let files = FILES.into_iter();
        files
            .map(|(path, text)| (path.into(), filled(text, &values)))
            .collect()
    }

    fn values(&self) -> BTreeMap<&'static str, String> {
        let accounts = self.accounts.iter().map(|account| quoted(account.as_str()));
        let accounts: Vec<String> = accounts.collect();
        let example = self.accounts.first();
        let example = example.map_or(EXAMPLE_ACCOUNT, AccountId::as_str);
        BTreeMap::from([
            ("vault", self.vault.to_string()),
            ("gitlab", self.gitlab.to_string()),
            ("audience", self.audience.to_string()),
            ("project_id", self.project_id.to_string()),
            ("branch", quoted(self.branch.as_str())),
            ("accounts", accounts.join(", ")),
            ("account", example.to_owned()),
            ("owner", self.owner.to_string()),
            ("component", self.component.named("pipeline")),
            ("credentials", self.component.named("credentials")),
            ("branch_name", format!("`{}`", self.branch.as_str())),
            (
                "image",
                self.image
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
            ),
        ])
    }
}

/// As a YAML text in double quotes.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The text with a value in place of each `@NAME@`. What a value holds is not read again.
fn filled(text: &str, values: &BTreeMap<&'static str, String>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('@') {
        filled.push_str(before);
        let value = after
            .split_once('@')
            .and_then(|(name, after)| Some((values.get(name)?, after)));
        match value {
            Some((value, after)) => {
                filled.push_str(value);
                rest = after;
            }
            None => {
                filled.push('@');
                rest = after;
            }
        }
    }
    filled + rest
}
