//! `init --check`: what of the project's settings in GitLab is not as it has to be.

use super::super::{Error, Exit, print, unless_stopped};
use super::answers;
use crate::cli::{Global, InitArgs as Args};
use crate::gitlab::Directory;
use crate::project_settings::{self, AppliedFrom, IMAGE_VARIABLE};
use crate::report;
use crate::stop::Stop;

/// The environment of the job that applies, in the component.
const ENVIRONMENT: &str = "production";

pub(super) async fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let pipeline = AppliedFrom {
        branch: args.branch.as_str().to_owned(),
        environment: ENVIRONMENT.to_owned(),
    };
    let Some(directory) = answers::directory(global, args)? else {
        let list = project_settings::required(&pipeline, None);
        let title = "To tick; with GITLAB_TOKEN and --gitlab, GitLab is asked:";
        print(&report::project_settings(title, &list).0)?;
        return Ok(Exit::Success);
    };
    compare(global, args, &pipeline, &directory).await
}

async fn compare(
    global: &Global,
    args: &Args,
    pipeline: &AppliedFrom,
    directory: &Directory,
) -> Result<Exit, Error> {
    let remote = answers::remote(args);
    let id = match args.project_id {
        None => answers::number(global, args, remote.as_ref()).await,
        id => id,
    };
    let id = id.ok_or_else(|| Error::MissingOptions("--project-id".into()))?;
    let stop = Stop::on_signals().map_err(Error::Signals)?;
    let settings = directory.settings(id.get(), IMAGE_VARIABLE);
    let settings = unless_stopped(&stop, settings).await?;
    let list = project_settings::required(pipeline, Some(&settings));
    let general = &settings.general;
    let title = format!("{} (project {}):", general.path_with_namespace, general.id);
    let (text, counts) = report::project_settings(&title, &list);
    print(&format!(
        "{text}\n{} right, {} wrong, {} unknown. Not looked at: variables of groups and of the instance; who has which role.\n",
        counts.right, counts.wrong, counts.unknown
    ))?;
    match (counts.wrong, counts.unknown) {
        (0, 0) => Ok(Exit::Success),
        (wrong, unknown) => Err(Error::OpenSettings { wrong, unknown }),
    }
}
