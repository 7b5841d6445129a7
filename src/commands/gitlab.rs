//! What `drift --open-issue` and `plan --comment` have in common.

use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use super::Error;
use crate::cli::Global;
use crate::gitlab::Job;
use crate::login;
use crate::report::ReportSubject;
use crate::stop::Stop;

/// The Vault and the files of this run.
pub(super) fn subject(global: &Global, job: &Job) -> Result<ReportSubject, Error> {
    let settings = login::settings(&global.connection)?;
    Ok(ReportSubject {
        address: settings.address.to_string(),
        namespace: settings.namespace.to_string(),
        mappings: in_project(&global.mappings(), job.folder.as_deref()),
    })
}

/// A name for a folder that does not depend on where the runner has cloned the project.
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

/// How long one request may take.
pub(super) fn timeout(global: &Global) -> Duration {
    Duration::from_secs(global.connection.timeout.as_seconds().max(1))
}

/// Runs work at GitLab, which a signal interrupts: the next run continues from there.
pub(super) async fn unless_stopped<T>(
    work: impl Future<Output = Result<T, crate::gitlab::GitLabError>>,
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
