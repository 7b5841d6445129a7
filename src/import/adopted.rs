//! What a lint finds in what Vault holds: import allows it in the files, each with a reason, so that the pipeline's checks
//! pass and everything new is still refused.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{Files, ImportedEntry};
use crate::diagnostic::Code;
use crate::lint;
use crate::mappings::Loaded;
use crate::resource::{Address, AwsRole, JwtRole, Place, Policy, Typed};

/// The lints that find something in each resource.
pub(super) type LintsFound = BTreeMap<Address, BTreeSet<&'static str>>;

/// What the lints find in the files, by the resource that it is about.
pub(super) fn found(folder: &Path, files: &Files, loaded: &Loaded) -> LintsFound {
    let mut found = LintsFound::new();
    let no_lints = [Code::UnusedAllow, Code::RefusedAllow];
    let findings = lint::check(loaded).into_iter();
    for finding in findings.filter(|finding| !no_lints.contains(&finding.code)) {
        let span = finding.primary.span;
        let path = Path::new(loaded.sources.path(span.file));
        let about = path.strip_prefix(folder).ok();
        if let Some(address) = about.and_then(|path| files.about(path, span.start)) {
            let lints = found.entry(holder(address)).or_default();
            lints.insert(finding.code.name());
        }
    }
    found
}

/// The resource whose entry in the files can have `allow` for what is found in another: itself, or its mount.
fn holder(address: &Address) -> Address {
    let kinds = [JwtRole::KIND, AwsRole::KIND, Policy::KIND];
    let has_key = kinds.contains(&address.kind) || matches!(address.kind.place(), Place::Mount(_));
    let mount = address.depends_on().filter(|_| !has_key);
    mount.unwrap_or_else(|| address.clone())
}

/// Whether projects' files may allow all of it: a mapping that no job reaches gives nothing.
pub(super) fn is_harmless(lints: &BTreeSet<&'static str>) -> bool {
    lints
        .iter()
        .all(|lint| *lint == Code::UnreachableMapping.name())
}

/// The key `allow`, if something is allowed.
pub(super) fn entry(lints: Option<&BTreeSet<&'static str>>, reason: &str) -> Option<ImportedEntry> {
    let lints = lints?.iter().map(|lint| ImportedEntry::new(*lint, reason));
    Some(ImportedEntry::new("allow", lints.collect::<Vec<_>>()))
}
