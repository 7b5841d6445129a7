//! The settings of one project, as far as GitLab shows them to the token.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::directory::{Directory, Lookup, PathOwner};
use super::error::GitLabError;

/// What GitLab says of one project's settings.
pub(crate) struct ProjectSettings {
    /// The project's own.
    pub(crate) general: GeneralSettings,
    /// <https://docs.gitlab.com/api/protected_branches/>
    pub(crate) branches: Lookup<Vec<ProtectedBranch>>,
    /// <https://docs.gitlab.com/api/merge_request_approvals/>
    pub(crate) approvals: Lookup<ApprovalSettings>,
    /// The rules of which merge request needs how many approvals.
    pub(crate) approval_rules: Lookup<Vec<ApprovalRule>>,
    /// The names of the protected environments.
    pub(crate) environments: Lookup<BTreeSet<String>>,
    /// The project's own CI/CD variables, without their values.
    pub(crate) variables: Lookup<Vec<VariableSettings>>,
    /// <https://docs.gitlab.com/api/pipeline_schedules/>
    pub(crate) schedules: Lookup<Vec<PipelineSchedule>>,
    /// The image of the pipeline's jobs: the variable's value.
    pub(crate) image: Lookup<String>,
    /// The rules for the tags of the image's project.
    pub(crate) tags: Lookup<Vec<TagRule>>,
}

/// What GitLab leaves out is unknown: most of it is for owners and administrators.
///
/// <https://docs.gitlab.com/api/projects/>
#[derive(Debug, Deserialize)]
pub(crate) struct GeneralSettings {
    /// The number.
    pub(crate) id: u64,
    /// The path.
    pub(crate) path_with_namespace: String,
    /// The default branch.
    pub(crate) default_branch: Option<String>,
    /// Whether an older pipeline's deployment job is stopped once a newer one has deployed.
    pub(crate) ci_forward_deployment_enabled: Option<bool>,
    /// Whether pipelines of merge requests from forks run in this project.
    pub(crate) ci_allow_fork_pipelines_to_run_in_parent_project: Option<bool>,
    /// Who may set variables for a pipeline by hand: `developer`, `maintainer`, `owner` or `no_one_allowed`.
    pub(crate) ci_pipeline_variables_minimum_override_role: Option<String>,
}

/// A protected branch.
#[derive(Debug, Deserialize)]
pub(crate) struct ProtectedBranch {
    /// Its name, in which `*` stands for any text.
    pub(crate) name: String,
    /// Who may push.
    pub(crate) push_access_levels: Vec<AccessLevel>,
    /// Who may merge.
    pub(crate) merge_access_levels: Vec<AccessLevel>,
    /// Whether history may be overwritten; absent in old versions.
    pub(crate) allow_force_push: Option<bool>,
    /// Whether a merge needs the approval of code owners; absent in the free edition.
    pub(crate) code_owner_approval_required: Option<bool>,
}

/// Who may do something: members from a level on, or one user, group or deploy key.
#[derive(Debug, Deserialize)]
pub(crate) struct AccessLevel {
    /// 0 for nobody, 30 for developers, 40 for maintainers, 60 for administrators; none for a user or a group.
    pub(crate) access_level: Option<u64>,
    user_id: Option<u64>,
    group_id: Option<u64>,
    deploy_key_id: Option<u64>,
}

impl AccessLevel {
    /// Whether it is for one user, group or deploy key, and not for all members from a level on.
    pub(crate) const fn is_for_one(&self) -> bool {
        self.user_id.is_some() || self.group_id.is_some() || self.deploy_key_id.is_some()
    }
}

/// How merge requests are approved.
#[derive(Debug, Deserialize)]
pub(crate) struct ApprovalSettings {
    /// Whether a new push takes approvals back.
    pub(crate) reset_approvals_on_push: Option<bool>,
    /// Whether authors may approve their own merge requests.
    pub(crate) merge_requests_author_approval: Option<bool>,
}

/// A rule of who has to approve.
#[derive(Debug, Deserialize)]
pub(crate) struct ApprovalRule {
    /// How many.
    pub(crate) approvals_required: u64,
}

/// A CI/CD variable, without its value: <https://docs.gitlab.com/api/project_level_variables/>
#[derive(Debug, Deserialize)]
pub(crate) struct VariableSettings {
    /// Its name.
    pub(crate) key: String,
    /// Whether only pipelines of protected branches and tags have it.
    pub(crate) protected: bool,
    /// Whether its value is hidden in the log of jobs.
    pub(crate) masked: bool,
}

/// The value of a variable that holds no secret.
#[derive(Deserialize)]
struct VariableValue {
    value: Option<String>,
}

/// A pipeline schedule.
#[derive(Debug, Deserialize)]
pub(crate) struct PipelineSchedule {
    /// The branch or tag: its name, or `refs/heads/` and its name.
    pub(crate) r#ref: String,
    /// Whether it is switched on.
    pub(crate) active: bool,
}

/// A rule for tags of images: <https://docs.gitlab.com/api/container_registry_protection_tag_rules/>
#[derive(Debug, Deserialize)]
pub(crate) struct TagRule {
    /// The least role that may push such a tag: `maintainer`, `owner` or `admin`.
    pub(crate) minimum_access_level_for_push: Option<String>,
}

impl Directory {
    /// The settings of a project. What GitLab does not show is unknown.
    ///
    /// # Errors
    /// When GitLab can't be asked, or shows no such project to the token.
    pub(crate) async fn settings(
        &self,
        project: u64,
        image_variable: &str,
    ) -> Result<ProjectSettings, GitLabError> {
        let path = |what: &str| format!("projects/{project}{what}");
        let general = self.client.get(path("")).await?;
        let image = self.image(project, image_variable).await?;
        Ok(ProjectSettings {
            general,
            branches: self.all(path("/protected_branches")).await?,
            approvals: self.one(path("/approvals")).await?,
            approval_rules: self.all(path("/approval_rules")).await?,
            environments: self.protected_environments(project).await?,
            variables: self.all(path("/variables")).await?,
            schedules: self.all(path("/pipeline_schedules")).await?,
            tags: self.tag_rules(&image).await?,
            image,
        })
    }

    async fn image(&self, project: u64, variable: &str) -> Result<Lookup<String>, GitLabError> {
        let path = format!("projects/{project}/variables/{variable}");
        let value: Lookup<VariableValue> = self.one(path).await?;
        Ok(match value {
            Lookup::Found(VariableValue { value: Some(value) }) => Lookup::Found(value),
            Lookup::Found(VariableValue { value: None }) => {
                Lookup::Unknown("GitLab does not show its value".to_owned())
            }
            Lookup::NotVisible => Lookup::NotVisible,
            Lookup::Unknown(why) => Lookup::Unknown(why),
        })
    }

    /// The rules for tags of the project in whose registry an image is.
    async fn tag_rules(&self, image: &Lookup<String>) -> Result<Lookup<Vec<TagRule>>, GitLabError> {
        let Lookup::Found(image) = image else {
            return Ok(Lookup::Unknown(
                "the project of the image is unknown".to_owned(),
            ));
        };
        for path in projects_of_image(image) {
            if let PathOwner::Project(id) = self.owner_of(path).await? {
                let rules = format!("projects/{id}/registry/protection/tag/rules");
                return self.all(rules).await;
            }
        }
        Ok(Lookup::Unknown(format!(
            "the token sees no project in whose registry `{image}` could be"
        )))
    }
}

/// The paths of projects that an image can belong to, the longest first: `HOST/GROUP/PROJECT/NAME:TAG@DIGEST`.
fn projects_of_image(image: &str) -> Vec<&str> {
    let name = image.split('@').next().unwrap_or_default();
    let Some((_, path)) = name.split_once('/') else {
        return Vec::new();
    };
    let path = path.split(':').next().unwrap_or_default();
    let ends = path.match_indices('/').map(|(end, _)| end);
    let mut ends: Vec<usize> = ends.skip(1).chain([path.len()]).collect();
    ends.reverse();
    let paths = ends.into_iter().map(|end| &path[..end]);
    paths.filter(|path| path.contains('/')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_may_belong_to_its_path_and_to_each_project_above() {
        for (image, paths) in [
            ("registry.test/a/b@sha256:0", vec!["a/b"]),
            (
                "registry.test:5050/a/b/c/d:1@sha256:0",
                vec!["a/b/c/d", "a/b/c", "a/b"],
            ),
            ("alpine", vec![]),
            ("registry.test/a", vec![]),
        ] {
            assert_eq!(projects_of_image(image), paths, "{image}");
        }
    }
}
