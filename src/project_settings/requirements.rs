//! What has to hold, one entry each.

use super::AppliedFrom;
use super::SettingState::{self, Right, Unknown, Wrong};
use crate::gitlab::{AccessLevel, Lookup, ProjectSettings, ProtectedBranch, VariableSettings};
use crate::value::PinnedImage;

/// The level of maintainers: <https://docs.gitlab.com/api/protected_branches/#valid-access-levels>
const MAINTAINER: u64 = 40;

/// What has to hold of a project.
pub(super) struct Requirement {
    /// As a sentence, with `{branch}`, `{environment}` and `{image}`.
    pub(super) text: &'static str,
    /// Where GitLab has the setting.
    pub(super) place: &'static str,
    /// Whether it is so.
    pub(super) judge: fn(&ProjectSettings, &AppliedFrom) -> SettingState,
}

const PROTECTED_BRANCHES: &str = "Settings, Repository, Protected branches";
const APPROVALS: &str = "Settings, Merge requests, Merge request approvals";
const PIPELINES: &str = "Settings, CI/CD, General pipelines";
const VARIABLES: &str = "Settings, CI/CD, Variables";

/// Every one, in the order of the list.
pub(super) const REQUIREMENTS: &[Requirement] = &[
    Requirement {
        text: "{branch} is the default branch, from which `apply` runs",
        place: "Settings, Repository, Branch defaults",
        judge: default_branch,
    },
    Requirement {
        text: "{branch} is protected",
        place: PROTECTED_BRANCHES,
        judge: |settings, pipeline| on_branch(settings, pipeline, |_| Right),
    },
    Requirement {
        text: "only maintainers, or nobody, may push to {branch}",
        place: PROTECTED_BRANCHES,
        judge: |settings, pipeline| {
            on_branch(settings, pipeline, |branch| {
                maintainers_only(&branch.push_access_levels, "push")
            })
        },
    },
    Requirement {
        text: "only maintainers may merge into {branch}, or its code owners have to approve",
        place: PROTECTED_BRANCHES,
        judge: |settings, pipeline| on_branch(settings, pipeline, merges),
    },
    Requirement {
        text: "nobody may force-push to {branch}",
        place: PROTECTED_BRANCHES,
        judge: |settings, pipeline| {
            on_branch(settings, pipeline, |branch| {
                must_be(branch.allow_force_push, false, "force-pushes are allowed")
            })
        },
    },
    Requirement {
        text: "a merge request needs an approval, which its author can't give",
        place: APPROVALS,
        judge: approval,
    },
    Requirement {
        text: "a new push takes approvals back",
        place: APPROVALS,
        judge: |settings, _| {
            of(&settings.approvals, NO_APPROVALS, |approvals| {
                must_be(
                    approvals.reset_approvals_on_push,
                    true,
                    "approvals stay after a push",
                )
            })
        },
    },
    Requirement {
        text: "outdated deployment jobs are prevented",
        place: PIPELINES,
        judge: |settings, _| {
            let is_on = settings.general.ci_forward_deployment_enabled;
            must_be(
                is_on,
                true,
                "an older pipeline's `apply` can run after a newer one's",
            )
        },
    },
    Requirement {
        text: "pipelines of merge requests from forks do not run in this project",
        place: PIPELINES,
        judge: |settings, _| {
            let general = &settings.general;
            let is_on = general.ci_allow_fork_pipelines_to_run_in_parent_project;
            must_be(is_on, false, "they do when a member starts them")
        },
    },
    Requirement {
        text: "only maintainers, or nobody, may set variables of a pipeline",
        place: VARIABLES,
        judge: pipeline_variables,
    },
    Requirement {
        text: "the environment {environment} is protected: who may deploy to it may apply",
        place: "Settings, CI/CD, Protected environments",
        judge: |settings, pipeline| {
            of(&settings.environments, NO_ENVIRONMENTS, |environments| {
                right_if(environments.contains(&pipeline.environment), || {
                    "anyone who may run the pipeline may apply".to_owned()
                })
            })
        },
    },
    Requirement {
        text: "{image} is the image by its digest",
        place: VARIABLES,
        judge: image,
    },
    Requirement {
        text: "only maintainers may push tags in the registry of the image's project",
        place: "Settings, Packages and registries, Protected container tags, of that project",
        judge: |settings, _| {
            of(&settings.tags, NO_TAG_RULES, |rules| {
                let restricts = |level: &Option<String>| {
                    level
                        .as_deref()
                        .is_some_and(|level| ["maintainer", "owner", "admin"].contains(&level))
                };
                let is_restricted = rules
                    .iter()
                    .any(|rule| restricts(&rule.minimum_access_level_for_push));
                right_if(is_restricted, || {
                    "no rule protects a tag: developers may replace what it names".to_owned()
                })
            })
        },
    },
    Requirement {
        text: "GITLAB_TOKEN and GITLAB_READ_TOKEN are masked",
        place: VARIABLES,
        judge: tokens,
    },
    Requirement {
        text: "VAULT_TOKEN is protected and masked, and removed after the first apply",
        place: VARIABLES,
        judge: vault_token,
    },
    Requirement {
        text: "a pipeline schedule runs on {branch}, for drift, checks and the end of access",
        place: "Build, Pipeline schedules",
        judge: schedule,
    },
];

const NO_APPROVALS: &str = "GitLab answers 404: its free edition has no required approvals, and they are shown to members only";
const NO_ENVIRONMENTS: &str = "GitLab answers 404: its free edition has no protected environments, and they are shown to maintainers only";
const NO_TAG_RULES: &str = "GitLab answers 404: it shows these rules from 18.7 on, and to maintainers of that project only";
const NOT_SHOWN: &str =
    "GitLab does not show it to this token: it needs one of a maintainer or an owner";

/// What follows from what GitLab found; `absent` says what a 404 can mean.
fn of<T>(found: &Lookup<T>, absent: &str, judge: impl Fn(&T) -> SettingState) -> SettingState {
    match found {
        Lookup::Found(found) => judge(found),
        Lookup::NotVisible => Unknown(absent.to_owned()),
        Lookup::Unknown(why) => Unknown(why.clone()),
    }
}

fn right_if(is_right: bool, otherwise: impl FnOnce() -> String) -> SettingState {
    if is_right { Right } else { Wrong(otherwise()) }
}

fn must_be(setting: Option<bool>, wanted: bool, otherwise: &str) -> SettingState {
    setting.map_or_else(
        || Unknown(NOT_SHOWN.to_owned()),
        |setting| right_if(setting == wanted, || otherwise.to_owned()),
    )
}

fn default_branch(settings: &ProjectSettings, pipeline: &AppliedFrom) -> SettingState {
    let Some(branch) = &settings.general.default_branch else {
        return Unknown(NOT_SHOWN.to_owned());
    };
    right_if(*branch == pipeline.branch, || format!("it is {branch}"))
}

/// What holds of the protection of the branch: of all entries that cover it, as GitLab grants what one of them grants.
fn on_branch(
    settings: &ProjectSettings,
    pipeline: &AppliedFrom,
    judge: impl Fn(&ProtectedBranch) -> SettingState,
) -> SettingState {
    of(&settings.branches, NOT_SHOWN, |branches| {
        let covering = branches
            .iter()
            .filter(|branch| covers(&branch.name, &pipeline.branch));
        let states: Vec<SettingState> = covering.map(&judge).collect();
        if states.is_empty() {
            return Wrong("it is not protected".to_owned());
        }
        let worst = |state: &&SettingState| matches!(state, Wrong(_));
        let unknown = |state: &&SettingState| matches!(state, Unknown(_));
        let worst = states
            .iter()
            .find(worst)
            .or_else(|| states.iter().find(unknown));
        worst.cloned().unwrap_or(Right)
    })
}

/// Whether the name of a protected branch, in which `*` stands for any text, covers a branch.
fn covers(pattern: &str, branch: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == branch,
        Some((start, rest)) => branch.strip_prefix(start).is_some_and(|branch| {
            let mut ends = branch
                .char_indices()
                .map(|(at, _)| at)
                .chain([branch.len()]);
            ends.any(|at| covers(rest, &branch[at..]))
        }),
    }
}

fn maintainers_only(levels: &[AccessLevel], what: &str) -> SettingState {
    let lower = levels.iter().filter(|level| !level.is_for_one());
    let mut lower = lower.filter_map(|level| level.access_level);
    if lower.any(|level| level > 0 && level < MAINTAINER) {
        return Wrong(format!("developers may {what}"));
    }
    match levels.iter().filter(|level| level.is_for_one()).count() {
        0 => Right,
        count => Unknown(format!(
            "{count} of those who may {what} are named one by one: look who they are"
        )),
    }
}

fn merges(branch: &ProtectedBranch) -> SettingState {
    match branch.code_owner_approval_required {
        Some(true) => Right,
        _ => maintainers_only(&branch.merge_access_levels, "merge"),
    }
}

fn approval(settings: &ProjectSettings, _: &AppliedFrom) -> SettingState {
    let needed = of(&settings.approval_rules, NO_APPROVALS, |rules| {
        let is_needed = rules.iter().any(|rule| rule.approvals_required > 0);
        right_if(is_needed, || "no approval is required".to_owned())
    });
    match needed {
        Right => of(&settings.approvals, NO_APPROVALS, |approvals| {
            let by_author = approvals.merge_requests_author_approval;
            must_be(
                by_author,
                false,
                "authors may approve their own merge requests",
            )
        }),
        other => other,
    }
}

fn pipeline_variables(settings: &ProjectSettings, _: &AppliedFrom) -> SettingState {
    match settings
        .general
        .ci_pipeline_variables_minimum_override_role
        .as_deref()
    {
        None => Unknown(NOT_SHOWN.to_owned()),
        Some("maintainer" | "owner" | "no_one_allowed") => Right,
        Some(role) => Wrong(format!(
            "the role {role} may set VAULT_ADDR and others for a pipeline by hand"
        )),
    }
}

fn image(settings: &ProjectSettings, _: &AppliedFrom) -> SettingState {
    let absent =
        "the project has no such variable of its own; its group or .gitlab-ci.yml may have it";
    of(&settings.image, absent, |image| {
        right_if(image.parse::<PinnedImage>().is_ok(), || {
            "it has no digest, so whoever pushes a tag decides what `apply` runs".to_owned()
        })
    })
}

/// The variables with this name: one for each environment that it is limited to.
fn variables<'s>(settings: &'s [VariableSettings], name: &str) -> Vec<&'s VariableSettings> {
    settings
        .iter()
        .filter(|variable| variable.key == name)
        .collect()
}

fn tokens(settings: &ProjectSettings, _: &AppliedFrom) -> SettingState {
    of(&settings.variables, NOT_SHOWN, |all| {
        let names = ["GITLAB_TOKEN", "GITLAB_READ_TOKEN"];
        let found: Vec<_> = names.iter().flat_map(|name| variables(all, name)).collect();
        if let Some(shown) = found.iter().find(|variable| !variable.masked) {
            return Wrong(format!("{} is not masked", shown.key));
        }
        let missing: Vec<&str> = names
            .into_iter()
            .filter(|name| variables(all, name).is_empty())
            .collect();
        match missing.as_slice() {
            [] => Right,
            missing => Unknown(format!(
                "the project has no {} of its own; its group may have it",
                missing.join(" and no ")
            )),
        }
    })
}

fn vault_token(settings: &ProjectSettings, _: &AppliedFrom) -> SettingState {
    of(&settings.variables, NOT_SHOWN, |all| {
        let found = variables(all, "VAULT_TOKEN");
        let is_safe = found.iter().all(|token| token.protected && token.masked);
        right_if(is_safe, || {
            "every branch's jobs can read it, or their logs show it".to_owned()
        })
    })
}

fn schedule(settings: &ProjectSettings, pipeline: &AppliedFrom) -> SettingState {
    of(&settings.schedules, NOT_SHOWN, |schedules| {
        let is_of_branch =
            |name: &str| name.strip_prefix("refs/heads/").unwrap_or(name) == pipeline.branch;
        let mut there = schedules.iter();
        let runs = there.any(|schedule| schedule.active && is_of_branch(&schedule.r#ref));
        right_if(runs, || "none is active".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_protected_branch_with_a_wildcard_covers_what_it_matches() {
        for (pattern, branch, expected) in [
            ("main", "main", true),
            ("main", "main2", false),
            ("*", "main", true),
            ("ma*n", "main", true),
            ("release/*", "main", false),
            ("*-stable*", "1-2-stable-ee", true),
        ] {
            assert_eq!(covers(pattern, branch), expected, "{pattern} {branch}");
        }
    }
}
