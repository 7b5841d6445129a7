//! `import`: writes the files from what Vault holds.

use super::{Error, Exit, input_name, print, read_input, with_vault};
use crate::cli::{Global, ImportArgs as Args};
use crate::files::NewFolder;
use crate::import::{self, ProjectPaths};
use crate::live::{Discovery, Selection};
use crate::progress::Progress;
use crate::report::summary;

pub(super) async fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let folder = NewFolder::beside(&args.out)?;
    let paths = project_paths(args)?;
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
    let imported = import::import(&discovery, &paths, &folder)?;
    folder.publish()?;
    for warning in summary::import_warnings(&imported) {
        tracing::warn!("{warning}");
    }
    print(&summary::imported(&imported, &args.out))?;
    Ok(Exit::Success)
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
