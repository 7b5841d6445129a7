//! `import`: writes the files from what Vault holds.

use super::{Error, Exit, input_name, plural, print, read_input, with_vault};
use crate::cli::{Global, Import as Args};
use crate::diagnostic::printable;
use crate::files::Folder;
use crate::import::{self, Imported, ProjectPaths};
use crate::live::{Discovery, Selection};
use crate::progress::Progress;
use crate::resource::Kind;

pub(super) async fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let folder = Folder::beside(&args.out)?;
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
    warn(&imported);
    print(&said(&imported, args))?;
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

/// Says what the files don't hold, and what a plan will say each time.
fn warn(imported: &Imported) {
    for (address, reason) in &imported.left_out {
        let consequence = match address.kind {
            Kind::JwtRole | Kind::AwsRole => "left alone",
            _ => "not imported",
        };
        tracing::warn!(
            "{}: {consequence}: {}",
            printable(&address.path()),
            printable(reason)
        );
    }
    for warning in &imported.warnings {
        tracing::warn!(
            "{}: {}",
            printable(&warning.path),
            printable(&warning.message)
        );
    }
}

fn said(imported: &Imported, args: &Args) -> String {
    let named = [
        (Kind::AuthMount, "auth mount"),
        (Kind::JwtRole, "JWT role"),
        (Kind::SecretsMount, "secrets mount"),
        (Kind::AwsRole, "AWS role"),
    ];
    let count = |kind| imported.counts.get(&kind).copied().unwrap_or_default();
    let mut counts: Vec<_> = named
        .into_iter()
        .map(|(kind, noun)| plural(count(kind), noun))
        .collect();
    counts.push(match count(Kind::Policy) {
        1 => "1 policy".into(),
        policies => format!("{policies} policies"),
    });
    let out = args.out.display();
    let files = plural(imported.projects, "project file");
    let mut text = format!("{out}: {}, {files}.\n", counts.join(", "));
    if imported.without_path > 0 {
        text += &format!(
            "{} without a path: correct those below {}, or import again with --projects.\n",
            plural(imported.without_path, "project"),
            args.out.join("projects/unknown").display(),
        );
    }
    if !imported.left_out.is_empty() {
        text += &format!(
            "{} left alone; standard error says why.\n",
            plural(imported.left_out.len(), "resource")
        );
    }
    text + &format!("Next: vault-provisioner plan --mappings {out}\n")
}
