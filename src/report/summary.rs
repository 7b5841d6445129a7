//! The results of `validate`, `add` and `import`, in a few lines.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::{Shown, plural};
use crate::access::not_looked_at;
use crate::contract::ContractProof;
use crate::diagnostic::printable;
use crate::import::{Adoption, Imported};
use crate::init::NewRepository;
use crate::mappings::Edited;
use crate::plan::{Action, Change};
use crate::resource::Place;

/// The result of `validate` for files without errors.
pub(crate) fn validated(
    folder: &Path,
    projects: usize,
    resources: usize,
    warnings: usize,
    contract: &ContractProof,
) -> String {
    let warned = match warnings {
        0 => String::new(),
        count => format!(", {}", plural(count, "warning")),
    };
    let proved = proved(contract);
    format!(
        "{}: {}, {}{warned}. The files are valid.\n{proved}",
        folder.display(),
        plural(projects, "project"),
        plural(resources, "resource"),
    )
}

/// The result for a contract that holds, and what the proof is based on.
fn proved(contract: &ContractProof) -> String {
    if contract.expectations.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "The contract holds: {}",
        plural(contract.expectations.len(), "expectation")
    );
    for idle in contract.expectations.iter().filter(|one| one.is_idle) {
        let name = Shown::clipped(&idle.name, LONGEST_NAME);
        text.push_str(&format!("; `{name}`, as no AWS role gives its IAM roles"));
    }
    format!(
        "{text}.\nLooked at: {} in the files. Not looked at: {}.\n",
        Shown::text(&contract.looked_at),
        not_looked_at(false)
    )
}

/// The files of a new repository.
#[derive(Debug, Default)]
pub(crate) struct Initialized {
    /// Those that were written.
    pub(crate) written: Vec<PathBuf>,
    /// Those that were there, and did not change.
    pub(crate) kept: Vec<PathBuf>,
}

/// What `init` wrote, and the next steps.
pub(crate) fn initialized(files: &Initialized, folder: &Path, about: &NewRepository) -> String {
    let mut text = String::new();
    for path in &files.written {
        text.push_str(&format!("{}: written\n", folder.join(path).display()));
    }
    for path in &files.kept {
        let path = folder.join(path);
        text.push_str(&format!("{}: there already, not changed\n", path.display()));
    }
    let branch = Shown::text(about.branch.as_str());
    let accounts = if about.accounts.is_empty() {
        "Name your AWS accounts under `allowed_accounts` in mappings/vault.yaml: projects can't name roles of others."
    } else {
        "`vault-provisioner add PROJECT --id N --environment dev=ARN` maps the first project."
    };
    text + &format!(
        "\nNext:\n  \
         1. {accounts}\n  \
         2. In GitLab, protect the branch {branch}, set the variables that .gitlab-ci.yml names, and add a schedule for drift. \
         `vault-provisioner init --check` lists all that has to be set, and with a token says what is not.\n  \
         3. As an administrator of Vault, run `vault-provisioner apply` once. From then on, the pipeline of project {} logs in \
         with its own JWT.\n",
        about.project_id
    )
}

/// The longest that the name of an expectation may be, in characters.
const LONGEST_NAME: usize = 100;

/// What `add` wrote, and the next steps.
pub(crate) fn added(edited: &Edited, mappings: &Path) -> String {
    let path = edited.path.display();
    if edited.added.is_empty() {
        return format!("{path} has these mappings already; nothing to do.\n");
    }
    let done = if edited.is_new {
        "new file"
    } else {
        "extended"
    };
    let mut text = format!("{path}: {done}\n");
    for (mapping, credentials) in &edited.added {
        let environment = mapping.environment.as_ref();
        let environment = environment.map_or("default", |environment| environment.as_str());
        let role = mapping.role.as_ref();
        let role = role.map_or_else(String::new, |role| format!(", role {role}"));
        // Writing to a String can't fail.
        let _ = writeln!(
            text,
            "  + {environment}{role}: {}   (jobs ask {credentials})",
            mapping.value()
        );
    }
    let flag = if mappings == Path::new("mappings") {
        String::new()
    } else {
        format!(" --mappings {}", mappings.display())
    };
    let _ = write!(
        text,
        "\nNext, check the files and open a merge request:\n  vault-provisioner{flag} validate\n  git add {path}\n"
    );
    text
}

/// What `import` wrote to `out`, and the next step.
pub(crate) fn imported(imported: &Imported, out: &Path) -> String {
    let mut counts: Vec<_> = imported
        .counts
        .iter()
        .filter(|(kind, _)| !matches!(kind.place(), Place::Config(..)))
        .collect();
    // A mount before what is in it, and policies last.
    counts.sort_by_key(|(kind, _)| (kind.place().table().is_none(), kind.place().table()));
    let counts: Vec<_> = counts
        .into_iter()
        .map(|(kind, count)| plural(*count, kind.title()))
        .collect();
    let folder = out.display();
    let (groups, groups_without_path) = imported.groups;
    let mut files = plural(imported.projects, "project file");
    if groups > 0 {
        files += &format!(", {}", plural(groups, "group file"));
    }
    let mut text = format!("{folder}: {}, {files}.\n", counts.join(", "));
    if imported.without_path > 0 {
        text += &format!(
            "{} without a path: correct those below {}, or import again with --projects.\n",
            plural(imported.without_path, "project"),
            out.join("projects/unknown").display(),
        );
    }
    if groups_without_path > 0 {
        text += &format!(
            "{} without a path: correct those below {}, or import again with GITLAB_TOKEN.\n",
            plural(groups_without_path, "group"),
            out.join("projects/unknown").display(),
        );
    }
    if !imported.left_out.is_empty() {
        text += &format!(
            "{} left alone; standard error says why.\n",
            plural(imported.left_out.len(), "resource")
        );
    }
    if imported.adopted > 0 {
        text += &format!(
            "{} allowed in the files with the reason `adopted`: what is unsafe today passes, and what is new does not.\n",
            plural(imported.adopted, "finding")
        );
    }
    text + &format!(
        "\nNext:\n  \
         1. `vault-provisioner plan --mappings {folder}` finds no change, and `validate --deny-warnings` no new warning.\n  \
         2. Add the roles that the pipeline logs in with, and apply once as an administrator: docs/from-terraform.md says how.\n  \
         3. Correct what is adopted, one `allow` after the other.\n"
    )
}

/// What `import --into` changed in the files of a folder, and the next step.
pub(crate) fn adopted(adoption: &Adoption, folder: &Path) -> String {
    let folder = folder.display();
    let left = adoption.not_placed.len();
    if adoption.files.is_empty() && left == 0 {
        return format!("{folder}: the files declare what Vault holds; nothing to do.\n");
    }
    let mut text = String::new();
    for file in adoption.files.keys() {
        let done = if adoption.new_files.contains(file) {
            "new file"
        } else {
            "changed"
        };
        text += &format!("{}: {done}\n", file.display());
        let placed = adoption.placed.iter();
        let its = placed.filter(|placed| placed.files.contains(file));
        its.for_each(|placed| text += &placed_line(&placed.change));
    }
    if left > 0 {
        let differences = plural(left, "difference");
        text += &format!("{differences} not placed; standard error says why.\n");
    }
    if adoption.files.is_empty() {
        return text;
    }
    for address in &adoption.computed {
        text += &format!(
            "{} is computed from the files, so an apply still changes it.\n",
            Shown::text(&address.path())
        );
    }
    let rest = if left > 0 || !adoption.computed.is_empty() {
        "no change except for these"
    } else {
        "no change"
    };
    text + &format!(
        "\nNext:\n  \
         1. Read what changed in the files: each line is what someone set in Vault.\n  \
         2. `vault-provisioner --mappings {folder} validate --deny-warnings` says what is unsafe in it; a plan finds {rest}.\n  \
         3. Open a merge request.\n"
    )
}

/// What a change did to the files: `+` for what they declare now, `-` for what they no longer do.
fn placed_line(change: &Change) -> String {
    let path = Shown::text(&change.address.path());
    let label = change
        .label
        .as_deref()
        .map(|label| format!(" ({})", Shown::text(label)));
    let label = label.unwrap_or_default();
    match &change.action {
        Action::Create { .. } => format!("  - {path}{label}\n"),
        Action::Delete { .. } => format!("  + {path}{label}\n"),
        Action::Update { before, after } => {
            let (before, after) = (before.fields(), after.fields());
            let differs = |name: &&String| before.get(*name) != after.get(*name);
            let fields: Vec<&str> = after.keys().filter(differs).map(String::as_str).collect();
            format!("  ~ {path}{label}: {}\n", fields.join(", "))
        }
    }
}

/// A line for each difference that is still there, and for each list that could not be read.
pub(crate) fn adoption_warnings(
    adoption: &Adoption,
    unlisted: &BTreeSet<String>,
) -> impl Iterator<Item = String> {
    let left = adoption.not_placed.iter().map(|(address, reason)| {
        format!(
            "{}: not placed: {}",
            printable(&address.path()),
            printable(reason)
        )
    });
    let no_mappings = adoption.no_mappings.iter().map(|(address, reason)| {
        format!(
            "{}: a role in vault.yaml, and not a mapping: {}",
            printable(&address.path()),
            printable(reason)
        )
    });
    let unlisted = unlisted
        .iter()
        .map(|path| format!("{}: not looked at: it can't be listed", printable(path)));
    left.chain(no_mappings).chain(unlisted)
}

/// A line for each resource that the imported files do not hold, and for each warning of a plan of them.
pub(crate) fn import_warnings(imported: &Imported) -> impl Iterator<Item = String> {
    let left_out = imported.left_out.iter().map(|(address, reason)| {
        let consequence = if address.kind.place().is_listed() {
            "left alone"
        } else {
            "not imported"
        };
        format!(
            "{}: {consequence}: {}",
            printable(&address.path()),
            printable(reason)
        )
    });
    let unlistable = imported.unlistable.iter().map(|path| {
        format!(
            "{}: not imported: this server can't list what is there; add what you know to the files",
            printable(path)
        )
    });
    let warnings = imported.warnings.iter().map(|warning| {
        format!(
            "{}: {}",
            printable(&warning.path),
            printable(&warning.message)
        )
    });
    left_out.chain(unlistable).chain(warnings)
}
