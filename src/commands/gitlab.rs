//! What `drift --open-issue` and `plan --comment` have in common: what they speak of, and how GitLab is told.

use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use super::Error;
use crate::cli::Global;
use crate::gitlab::{Job, Marker};
use crate::login;
use crate::report::Shown;
use crate::report::markdown;
use crate::stop::Stop;

/// What is compared. Each has an issue and a note of its own.
pub(super) struct Subject {
    address: String,
    namespace: String,
    mappings: String,
}

impl Subject {
    /// The Vault and the files of this run.
    pub(super) fn of(global: &Global, job: &Job) -> Result<Self, Error> {
        let settings = login::settings(&global.connection)?;
        Ok(Self {
            address: settings.address.to_string(),
            namespace: settings.namespace.to_string(),
            mappings: in_project(&global.mappings, job.folder.as_deref()),
        })
    }

    /// The marker by which its issue or note is found again.
    pub(super) fn marker(&self, purpose: &'static str) -> Marker {
        Marker::new(purpose, &[&self.address, &self.namespace, &self.mappings])
    }

    /// In words, as Markdown.
    pub(super) fn words(&self) -> String {
        let namespace = match self.namespace.as_str() {
            "" => String::new(),
            namespace => format!(", namespace {}", code(namespace)),
        };
        let (address, mappings) = (code(&self.address), code(&self.mappings));
        format!("Vault at {address}{namespace}, and the files in {mappings}")
    }
}

/// The same name for a folder wherever the runner has put the project.
fn in_project(mappings: &Path, project: Option<&str>) -> String {
    let plain: PathBuf = mappings
        .components()
        .filter(|component| *component != Component::CurDir)
        .collect();
    let inside = project.and_then(|project| plain.strip_prefix(project).ok());
    match inside.unwrap_or(&plain).display().to_string() {
        empty if empty.is_empty() => ".".to_owned(),
        folder => folder,
    }
}

/// Data within a line of Markdown.
pub(super) fn code(text: &str) -> String {
    markdown::code(&Shown::text(text))
}

/// How long one request may take.
pub(super) fn timeout(global: &Global) -> Duration {
    Duration::from_secs(global.connection.timeout.as_seconds().max(1))
}

/// Work at GitLab that a signal may end at once: the next run goes on from there.
pub(super) async fn unless_stopped<T>(
    work: impl Future<Output = Result<T, crate::gitlab::Error>>,
) -> Result<T, Error> {
    let stop = Stop::on_signals().map_err(Error::Signals)?;
    tokio::select! {
        outcome = work => Ok(outcome?),
        () = stop.wait() => Err(Error::InterruptedAtGitLab),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_name_on_all_runners() {
        for (mappings, project, name) in [
            ("mappings", None, "mappings"),
            ("./mappings/", Some("/builds/1/p"), "mappings"),
            (
                "/builds/1/p/vault/mappings",
                Some("/builds/1/p"),
                "vault/mappings",
            ),
            ("/builds/1/p/mappings", Some("/builds/1/p/"), "mappings"),
            ("/srv/mappings", Some("/builds/1/p"), "/srv/mappings"),
            (".", Some("/builds/1/p"), "."),
            ("../mappings", Some("/builds/1/p"), "../mappings"),
        ] {
            assert_eq!(in_project(Path::new(mappings), project), name);
        }
    }
}
