//! `import`: writes the files from what Vault holds, or changes those that are there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::gitlab::timeout;
use super::session::unless_stopped;
use super::{
    Error, Exit, count_errors, input_name, print, read_input, show_diagnostics, with_vault,
};
use crate::cli::{Global, ImportArgs as Args};
use crate::files::{self, NewFolder};
use crate::gitlab::{Directory, GitLabClient, Job, Lookup};
use crate::import::{self, ProjectPaths};
use crate::live::{Discovery, Live, Selection};
use crate::mappings;
use crate::progress::Progress;
use crate::report::{plural, summary};
use crate::stop::Stop;
use crate::value::{GroupId, ProjectId};

pub(super) async fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    match (&args.into, &args.out) {
        (Some(folder), _) => into(global, args, folder).await,
        (None, Some(folder)) => out(global, args, folder).await,
        (None, None) => Ok(Exit::Success),
    }
}

/// Writes new files.
async fn out(global: &Global, args: &Args, place: &Path) -> Result<Exit, Error> {
    let folder = NewFolder::beside(place)?;
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
    let unknown = (import::projects(&discovery), import::groups(&discovery));
    ask_gitlab(global, args, unknown, &mut paths).await?;
    let imported = import::import(&discovery, &paths, &folder)?;
    folder.publish()?;
    for warning in summary::import_warnings(&imported) {
        tracing::warn!("{warning}");
    }
    print(&summary::imported(&imported, place))?;
    Ok(Exit::Success)
}

/// Changes existing files.
async fn into(global: &Global, args: &Args, folder: &Path) -> Result<Exit, Error> {
    let mut paths = project_paths(args)?;
    let loaded = mappings::load(folder, global.now());
    show_diagnostics(global, &loaded);
    let Some(desired) = &loaded.desired else {
        return Err(Error::Mappings(plural(count_errors(&loaded), "error")));
    };
    let live = with_vault(global, async |session, stop| {
        let reader = session.reader();
        unless_stopped(stop, Live::read(&reader, desired, &Progress::on_terminal())).await
    })
    .await?;
    let unknown = import::unknown_projects(&loaded, &live);
    ask_gitlab(global, args, (unknown, BTreeSet::new()), &mut paths).await?;
    let adoption = import::adopt(folder, loaded, &live, &paths, global.now());
    files::write_all(&adoption.files)?;
    for warning in summary::adoption_warnings(&adoption, &live.unlisted_paths()) {
        tracing::warn!("{warning}");
    }
    print(&summary::adopted(&adoption, folder))?;
    if adoption.not_placed.is_empty() {
        return Ok(Exit::Success);
    }
    Ok(Exit::Changes)
}

/// Adds the paths that GitLab has for these groups, and for these projects without one, where there is a token. A GitLab that
/// does not answer costs the names alone.
async fn ask_gitlab(
    global: &Global,
    args: &Args,
    (mut unknown, groups): (BTreeSet<ProjectId>, BTreeSet<GroupId>),
    paths: &mut ProjectPaths,
) -> Result<(), Error> {
    unknown.retain(|id| paths.of(*id).is_none());
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
