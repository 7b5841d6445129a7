//! `import`: writes the files from what Vault holds.

use std::collections::BTreeMap;

use super::gitlab::timeout;
use super::session::unless_stopped;
use super::{Error, Exit, input_name, print, read_input, with_vault};
use crate::cli::{Global, ImportArgs as Args};
use crate::files::NewFolder;
use crate::gitlab::{Directory, GitLabClient, Job, Lookup};
use crate::import::{self, ProjectPaths};
use crate::live::{Discovery, Selection};
use crate::progress::Progress;
use crate::report::summary;
use crate::stop::Stop;

pub(super) async fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let folder = NewFolder::beside(&args.out)?;
    let mut paths = project_paths(args)?;
    let selection = Selection {
        auth: args.auth.clone(),
        secrets: args.secrets.clone(),
        policies: args.policies.clone(),
    };
    let discovery = with_vault(global, async |session, stop| {
        let progress = Progress::on_terminal();
        let reader = session.reader();
        tokio::select! {
            discovery = Discovery::read(&reader, &selection, &progress) => Ok(discovery?),
            () = stop.wait() => Err(Error::Interrupted),
        }
    })
    .await?;
    ask_gitlab(global, args, &discovery, &mut paths).await?;
    let imported = import::import(&discovery, &paths, &folder)?;
    folder.publish()?;
    for warning in summary::import_warnings(&imported) {
        tracing::warn!("{warning}");
    }
    print(&summary::imported(&imported, &args.out))?;
    Ok(Exit::Success)
}

/// Adds the paths that GitLab has for groups, and for projects without one, where there is a token. A GitLab that does not answer costs the
/// names alone.
async fn ask_gitlab(
    global: &Global,
    args: &Args,
    discovery: &Discovery,
    paths: &mut ProjectPaths,
) -> Result<(), Error> {
    let mut unknown = import::projects(discovery);
    unknown.retain(|id| paths.of(*id).is_none());
    let groups = import::groups(discovery);
    let job = Job::from_environment();
    let token_file = args.gitlab.gitlab_token_file.as_deref();
    let is_asked = args.gitlab_url.is_some() || token_file.is_some() || job.has_token();
    if unknown.is_empty() && groups.is_empty() || !is_asked {
        return Ok(());
    }
    let settings = job.reading(
        "import with GitLab's paths",
        args.gitlab_url.as_ref(),
        token_file,
        timeout(global),
    );
    let directory = match settings {
        Ok(settings) => Directory::new(GitLabClient::new(settings)?),
        // A token alone may be there for something else.
        Err(_) if args.gitlab_url.is_none() && token_file.is_none() => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let ids = unknown.iter().map(|id| id.get()).collect();
    let group_ids = groups.iter().map(|id| id.get()).collect();
    let stop = Stop::on_signals().map_err(Error::Signals)?;
    let (mut found, mut found_groups) = (BTreeMap::new(), BTreeMap::new());
    let asked = async {
        let projects = directory.projects(&ids, &mut found, || {}).await;
        let groups = directory.groups(&group_ids, &mut found_groups, || {});
        Ok::<_, Error>(projects.and(groups.await))
    };
    if let Err(error) = unless_stopped(&stop, asked).await? {
        tracing::warn!("some paths of projects and groups are unknown: {error}");
    }
    for id in groups {
        if let Some(Lookup::Found(group)) = found_groups.remove(&id.get())
            && let Ok(path) = group.path.parse()
        {
            paths.add_group(id, path);
        }
    }
    for id in unknown {
        if let Some(Lookup::Found(project)) = found.remove(&id.get())
            && let Ok(path) = project.path.parse()
        {
            paths.add(id, path);
        }
    }
    Ok(())
}

fn project_paths(args: &Args) -> Result<ProjectPaths, Error> {
    let Some(path) = &args.projects else {
        return Ok(ProjectPaths::default());
    };
    let name = input_name(path);
    let unreadable = |error| Error::Read {
        name: name.clone(),
        error,
    };
    let text = read_input(path).map_err(unreadable)?;
    let text = String::from_utf8_lossy(&text);
    ProjectPaths::parse(&text).map_err(|error| Error::Projects {
        name: name.clone(),
        error,
    })
}
