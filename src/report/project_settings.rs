//! The settings that the provisioner's project needs: a list to tick, or those that GitLab has set differently.

use std::fmt::Write;

use super::Shown;
use crate::project_settings::{RequiredSetting, SettingState};

/// How many settings are in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct SettingCounts {
    /// As they have to be.
    pub(crate) right: usize,
    /// Otherwise.
    pub(crate) wrong: usize,
    /// Not shown by GitLab.
    pub(crate) unknown: usize,
}

/// The list, each setting with its state if GitLab was asked, and the counts. `project` says which one.
pub(crate) fn project_settings(
    project: &str,
    settings: &[RequiredSetting],
) -> (String, SettingCounts) {
    let mut text = format!("{}\n", Shown::text(project));
    let mut counts = SettingCounts::default();
    for setting in settings {
        let requirement = Shown::text(&setting.requirement);
        let place = setting.place;
        // Writing to a String can't fail.
        let _ = match &setting.state {
            None => writeln!(text, "[ ] {requirement}\n      ({place})"),
            Some(SettingState::Right) => {
                counts.right += 1;
                writeln!(text, "[x] {requirement}")
            }
            Some(SettingState::Wrong(found)) => {
                counts.wrong += 1;
                writeln!(
                    text,
                    "[ ] {requirement}\n      wrong: {}\n      ({place})",
                    Shown::text(found)
                )
            }
            Some(SettingState::Unknown(why)) => {
                counts.unknown += 1;
                writeln!(
                    text,
                    "[?] {requirement}\n      unknown: {}\n      ({place})",
                    Shown::text(why)
                )
            }
        };
    }
    (text, counts)
}
