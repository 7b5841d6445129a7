//! `add`: writes or extends a project's file.

use url::Url;

use super::gitlab::timeout;
use super::session::unless_stopped;
use super::{Error, Exit, count_errors, print, show_diagnostics, write_file};
use crate::cli::{AddArgs as Args, Global};
use crate::gitlab::{Directory, GitLabClient, Job, PathOwner};
use crate::log::note;
use crate::mappings::{self, Loaded, MappingOwnerToAdd, MappingsToAdd, NewMapping};
use crate::report::{plural, summary};
use crate::stop::Stop;
use crate::value::{ProjectId, ProjectPath, path_of_address};

pub(super) async fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let loaded = mappings::load(&global.mappings(), global.now());
    let path = path_of_address(&args.project, &roots(&loaded, args));
    let of_file = |path: ProjectPath| mappings::number_of(&path, &loaded.projects);
    let id = match args.id.or_else(|| path.parse().ok().and_then(of_file)) {
        Some(id) => id,
        None => ask(global, args, path).await?,
    };
    let addition = MappingsToAdd {
        owner: owner(args, path, id)?,
        mappings: each_once(all(args))?,
    };
    let edited = mappings::edit(&global.mappings(), &addition, global.now()).map_err(|loaded| {
        show_diagnostics(global, &loaded);
        Error::Mappings(plural(count_errors(&loaded), "error"))
    })?;
    if !edited.added.is_empty() {
        write_file(&edited.path, &edited.text)?;
        show_diagnostics(global, &edited.loaded);
    }
    print(&summary::added(&edited, &global.mappings()))?;
    Ok(Exit::Success)
}

/// The addresses of GitLab below which projects' paths begin: as given, as the job has them,
/// and as the files name them.
fn roots(loaded: &Loaded, args: &Args) -> Vec<Url> {
    let named = loaded.gitlab_addresses();
    let job = Job::from_environment();
    let given = args.gitlab_url.iter().cloned();
    given.chain(job.addresses()).chain(named).collect()
}

/// Whose mappings are added.
fn owner(args: &Args, path: &str, id: ProjectId) -> Result<MappingOwnerToAdd, Error> {
    Ok(if args.group {
        MappingOwnerToAdd::Group {
            path: path.parse().map_err(Error::NotAPath)?,
            id: id.into(),
        }
    } else {
        MappingOwnerToAdd::Project {
            path: path.parse().map_err(Error::NotAPath)?,
            id,
        }
    })
}

/// The number of the project, as GitLab says. A path that the project had before is not taken: it may soon be another's.
async fn ask(global: &Global, args: &Args, path: &str) -> Result<ProjectId, Error> {
    let unknown = |why: String| Error::NoProjectId {
        path: path.to_owned(),
        why,
    };
    let token_file = args.gitlab.gitlab_token_file.as_deref();
    let settings = Job::from_environment().reading(
        "add without --id",
        args.gitlab_url.as_ref(),
        token_file,
        timeout(global),
    );
    let settings = settings.map_err(|error| unknown(error.to_string()))?;
    let directory = Directory::new(GitLabClient::new(settings)?);
    let stop = Stop::on_signals().map_err(Error::Signals)?;
    match unless_stopped(&stop, directory.owner_of(path)).await? {
        PathOwner::Project(id) => {
            let id = ProjectId::try_from(id).map_err(|error| unknown(error.to_string()))?;
            note(&format!("GitLab says that {path} is the project {id}."));
            Ok(id)
        }
        PathOwner::Former(id) => Err(unknown(format!(
            "the project {id} had this path before it was renamed or moved"
        ))),
        PathOwner::NotVisible => Err(unknown(
            "GitLab has no project of this path that this token can see".to_owned(),
        )),
    }
}

/// The mappings with the settings that are given for all of them.
fn all(args: &Args) -> impl Iterator<Item = NewMapping> {
    let default = args.default.clone().map(NewMapping::default_role);
    let mappings = args.environment.iter().cloned().chain(default);
    mappings.map(|mapping| NewMapping {
        role: args.role.clone(),
        max_sts_ttl: args.max_sts_ttl,
        expires: args.expires,
        ..mapping
    })
}

/// The mappings with each environment once.
fn each_once(given: impl Iterator<Item = NewMapping>) -> Result<Vec<NewMapping>, Error> {
    let mut mappings: Vec<NewMapping> = Vec::new();
    for new in given {
        let same = mappings
            .iter()
            .find(|there| there.environment == new.environment);
        match (same, &new.environment) {
            (Some(there), Some(environment)) if *there != new => {
                return Err(Error::TwoRoles(environment.clone()));
            }
            (Some(_), _) => {}
            (None, _) => mappings.push(new),
        }
    }
    Ok(mappings)
}
