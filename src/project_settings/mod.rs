//! What the settings of the provisioner's own project in GitLab have to be, so that a merge request is the only way to
//! change what Vault holds, and which of them are not so.

mod requirements;
mod state;

use crate::gitlab::ProjectSettings;
use requirements::REQUIREMENTS;
pub(crate) use state::{AppliedFrom, SettingState};

/// The variable with the image of the pipeline's jobs.
pub(crate) const IMAGE_VARIABLE: &str = "VAULT_PROVISIONER_IMAGE";

/// What a setting has to be.
#[derive(Debug, Clone)]
pub(crate) struct RequiredSetting {
    /// What has to hold, as a sentence without its full stop.
    pub(crate) requirement: String,
    /// Where GitLab has the setting.
    pub(crate) place: &'static str,
    /// Whether it is so, if GitLab was asked.
    pub(crate) state: Option<SettingState>,
}

/// All that has to hold, compared with GitLab's settings if there are any.
pub(crate) fn required(
    pipeline: &AppliedFrom,
    settings: Option<&ProjectSettings>,
) -> Vec<RequiredSetting> {
    let settings_of = |requirement: &requirements::Requirement| RequiredSetting {
        requirement: requirement
            .text
            .replace("{branch}", &pipeline.branch)
            .replace("{environment}", &pipeline.environment)
            .replace("{image}", IMAGE_VARIABLE),
        place: requirement.place,
        state: settings.map(|settings| (requirement.judge)(settings, pipeline)),
    };
    REQUIREMENTS.iter().map(settings_of).collect()
}
