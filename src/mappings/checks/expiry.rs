//! `expires`: access that ends, soon or already, and not later than the platform allows.

use crate::diagnostic::{Code, Diagnostic, Span};
use crate::mappings::loaded::PlatformFile;
use crate::mappings::mapped_role::{MappedFolder, MappedRole};
use crate::mappings::trees::Trees;
use crate::value::Date;
use crate::yaml::value_span;

/// From how many days before its end on there is a warning.
const SOON: u64 = 14;

pub(super) fn check(
    file: &PlatformFile,
    folder: &MappedFolder<'_>,
    trees: &Trees<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(rules) = &file.platform.mappings else {
        return;
    };
    let today = Date::of(folder.files.now);
    for role in &folder.roles {
        let Some(day) = role.mapping.expires else {
            continue;
        };
        let place = || place(role, trees);
        if let Some(max) = rules.max_expiry {
            let latest = Date::of(folder.files.now + max.duration());
            if day > latest {
                let bound = value_span(&file.root, ["mappings", "max_expiry"]);
                diagnostics.push(
                    Diagnostic::error(
                        Code::LateExpiry,
                        format!("{day} is more than {max} ahead"),
                        place(),
                    )
                    .with_secondary(bound, "the longest")
                    .with_help(format!("write {latest} or an earlier day"))
                    .mended_by(latest.to_string()),
                );
            }
        }
        if role.mapping.is_over(folder.files.now) {
            diagnostics.push(
                Diagnostic::warning(
                    Code::ExpiredMapping,
                    format!("this access ended with {day}"),
                    place(),
                )
                .with_help("remove the mapping, or write a later day if its jobs need it again"),
            );
        } else if day.days_after(today) < SOON {
            diagnostics.push(
                Diagnostic::warning(
                    Code::ExpiringMapping,
                    format!("this access ends with {day}"),
                    place(),
                )
                .with_help("write a later day if its jobs need it for longer"),
            );
        }
    }
}

/// Where the last day of a mapping stands: with the mapping, or for its whole file.
fn place(role: &MappedRole<'_>, trees: &Trees<'_>) -> Span {
    if role.entry.expires == role.mapping.expires {
        return trees.setting(role, "expires");
    }
    value_span(&trees.of(role.file), ["expires"])
}
