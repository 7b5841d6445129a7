//! The predefined variables of a GitLab job, and the token.
//!
//! <https://docs.gitlab.com/ci/variables/predefined_variables/>

use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use super::address::{api_of, api_url, gitlab_address};
use super::client::{GitLabSettings, GitLabToken};
use super::job_error::JobError;
use crate::diagnostic::printable;

/// The variables of a job that this program uses. All of them are optional until a request is sent to GitLab.
pub(crate) struct Job {
    /// GitLab's address.
    server: Option<String>,
    api: Option<String>,
    project: Option<String>,
    merge_request: Option<String>,
    /// The project that the merge request is in; the job of a fork runs in another one.
    merge_request_project: Option<String>,
    ca_file: Option<String>,
    token: Option<SecretString>,
    /// GitLab's token for the job itself.
    job_token: Option<SecretString>,
    /// A token that reads all mapped projects.
    read_token: Option<SecretString>,
    /// The folder of the project's files.
    pub(crate) folder: Option<String>,
    /// The id of the pipeline, which is unique in the GitLab instance.
    pub(crate) pipeline_id: Option<String>,
    /// Where people see the pipeline.
    pub(crate) pipeline_url: Option<String>,
    /// The commit of the target branch that the job's merge request is compared with.
    pub(crate) merge_request_base: Option<String>,
    /// The commit's SHA.
    pub(crate) commit: Option<String>,
    /// The branch or tag.
    pub(crate) reference: Option<String>,
}

impl Job {
    /// Reads the environment.
    pub(crate) fn from_environment() -> Self {
        Self::of(|name| std::env::var(name).ok())
    }

    fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| {
            let value = variable(name)?;
            let value = value.trim();
            (!value.is_empty()).then(|| value.to_owned())
        };
        Self {
            server: set("CI_SERVER_URL"),
            api: set("CI_API_V4_URL"),
            project: set("CI_PROJECT_ID"),
            merge_request: set("CI_MERGE_REQUEST_IID"),
            merge_request_project: set("CI_MERGE_REQUEST_PROJECT_ID"),
            ca_file: set("CI_SERVER_TLS_CA_FILE"),
            token: set("GITLAB_TOKEN").map(SecretString::from),
            job_token: set("CI_JOB_TOKEN").map(SecretString::from),
            read_token: set("GITLAB_READ_TOKEN").map(SecretString::from),
            folder: set("CI_PROJECT_DIR"),
            pipeline_id: set("CI_PIPELINE_ID"),
            pipeline_url: set("CI_PIPELINE_URL"),
            merge_request_base: set("CI_MERGE_REQUEST_DIFF_BASE_SHA"),
            commit: set("CI_COMMIT_SHA"),
            reference: set("CI_COMMIT_REF_NAME"),
        }
    }

    /// How to reach the project that the job runs in, and its number.
    ///
    /// # Errors
    /// When something is missing or wrong; the error names everything that is missing.
    pub(crate) fn settings(
        &self,
        flag: &'static str,
        token_file: Option<&Path>,
        timeout: Duration,
    ) -> Result<(GitLabSettings, u64), JobError> {
        let project = ("CI_PROJECT_ID", &self.project);
        self.in_project(flag, project, &[], token_file, timeout)
    }

    /// How to reach the project of the job's merge request, its number, and the merge request's number in it.
    ///
    /// # Errors
    /// As [`Job::settings`].
    pub(crate) fn merge_request(
        &self,
        flag: &'static str,
        token_file: Option<&Path>,
        timeout: Duration,
    ) -> Result<(GitLabSettings, u64, u64), JobError> {
        let project = match &self.merge_request_project {
            Some(_) => ("CI_MERGE_REQUEST_PROJECT_ID", &self.merge_request_project),
            None => ("CI_PROJECT_ID", &self.project),
        };
        let merge_request = ("CI_MERGE_REQUEST_IID", &self.merge_request);
        let (settings, project) =
            self.in_project(flag, project, &[merge_request], token_file, timeout)?;
        let iid = self.merge_request.as_deref().unwrap_or_default();
        Ok((settings, project, number("CI_MERGE_REQUEST_IID", iid)?))
    }

    /// How to read what the mapped projects are: with the token that is there for it, or that of [`Job::settings`].
    ///
    /// # Errors
    /// As [`Job::settings`].
    pub(crate) fn reading_all(
        &self,
        flag: &'static str,
        token_file: Option<&Path>,
        timeout: Duration,
    ) -> Result<GitLabSettings, JobError> {
        let settings = self.reading(flag, None, token_file, timeout)?;
        Ok(match &self.read_token {
            Some(token) => GitLabSettings {
                token: GitLabToken::Access(token.clone()),
                ..settings
            },
            None => settings,
        })
    }

    /// Whether the environment has a token that reads all mapped projects.
    pub(crate) const fn has_read_token(&self) -> bool {
        self.read_token.is_some()
    }

    /// Whether the environment has an access token.
    pub(crate) const fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// The addresses of GitLab, as far as the job knows them.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = Url> {
        let api = self.api.as_deref();
        let api = api.map(|api| api.trim_end_matches('/').trim_end_matches("/api/v4"));
        let all = self.server.as_deref().into_iter().chain(api);
        all.filter_map(gitlab_address)
    }

    /// Where GitLab publishes the keys that sign the JWTs of its jobs.
    pub(crate) fn jwks_url(&self) -> Option<Url> {
        let mut url = gitlab_address(self.server.as_deref()?)?;
        url.path_segments_mut()
            .ok()?
            .pop_if_empty()
            .extend(["-", "jwks"]);
        Some(url)
    }

    /// The runner's file of CA certificates for GitLab.
    pub(crate) fn ca_file(&self) -> Option<&Path> {
        self.ca_file.as_deref().map(Path::new)
    }

    /// How to read from GitLab: at an address in place of the job's, and with the job's own token where there is no other.
    ///
    /// # Errors
    /// As [`Job::settings`].
    pub(crate) fn reading(
        &self,
        command: &'static str,
        address: Option<&Url>,
        token_file: Option<&Path>,
        timeout: Duration,
    ) -> Result<GitLabSettings, JobError> {
        let api = match (address, &self.api) {
            (Some(address), _) => Some(api_of(address)),
            (None, Some(api)) => Some(api_url(api)?),
            (None, None) => None,
        };
        let token = match (self.token(token_file)?, &self.job_token) {
            (Some(token), _) => Some(GitLabToken::Access(token)),
            (None, job_token) => job_token.clone().map(GitLabToken::Job),
        };
        let (Some(api), Some(token)) = (&api, &token) else {
            let api = api.is_none().then_some("CI_API_V4_URL");
            let token = token.is_none().then_some("GITLAB_TOKEN");
            return Err(JobError::Missing {
                flag: command,
                names: api.into_iter().chain(token).collect(),
            });
        };
        Ok(self.reach(api.clone(), token.clone(), timeout))
    }

    fn in_project(
        &self,
        flag: &'static str,
        project: (&'static str, &Option<String>),
        others: &[(&'static str, &Option<String>)],
        token_file: Option<&Path>,
        timeout: Duration,
    ) -> Result<(GitLabSettings, u64), JobError> {
        let token = self.token(token_file)?;
        let variables = [("CI_API_V4_URL", &self.api), project];
        let mut names: Vec<_> = variables
            .iter()
            .chain(others)
            .filter(|(_, value)| value.is_none())
            .map(|(name, _)| *name)
            .collect();
        let (Some(api), Some(id), Some(token), true) =
            (&self.api, project.1, &token, names.is_empty())
        else {
            names.extend(token.is_none().then_some("GITLAB_TOKEN"));
            return Err(JobError::Missing { flag, names });
        };
        let token = GitLabToken::Access(token.clone());
        let settings = self.reach(api_url(api)?, token, timeout);
        Ok((settings, number(project.0, id)?))
    }

    fn reach(&self, api: Url, token: GitLabToken, timeout: Duration) -> GitLabSettings {
        GitLabSettings {
            api,
            token,
            ca_file: self.ca_file.as_ref().map(PathBuf::from),
            timeout,
        }
    }

    /// Whether there is an access token, besides that of the job itself.
    pub(crate) const fn has_access_token(&self, file: Option<&Path>) -> bool {
        file.is_some() || self.token.is_some()
    }

    fn token(&self, file: Option<&Path>) -> Result<Option<SecretString>, JobError> {
        match file {
            Some(path) => read_token(path).map(Some),
            None => Ok(self.token.clone()),
        }
    }
}

fn read_token(path: &Path) -> Result<SecretString, JobError> {
    let text = std::fs::read_to_string(path).map_err(|error| JobError::TokenFile {
        path: path.to_owned(),
        error,
    })?;
    match text.trim() {
        "" => Err(JobError::EmptyTokenFile(path.to_owned())),
        token => Ok(token.into()),
    }
}

fn number(name: &'static str, text: &str) -> Result<u64, JobError> {
    text.parse().map_err(|_| JobError::Malformed {
        name,
        expected: "a number",
        value: printable(text).into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(variables: &[(&str, &str)]) -> Job {
        Job::of(|name| {
            let variable = variables.iter().find(|(known, _)| *known == name)?;
            Some(variable.1.to_owned())
        })
    }

    const SET: [(&str, &str); 3] = [
        ("CI_API_V4_URL", "https://git.test/api/v4"),
        ("CI_PROJECT_ID", "7012"),
        ("GITLAB_TOKEN", " glpat-1\n"),
    ];

    fn refused(variables: &[(&str, &str)]) -> String {
        let settings = job(variables).merge_request("--comment", None, Duration::MAX);
        settings.err().unwrap().to_string()
    }

    #[test]
    fn one_error_names_everything_that_is_missing() {
        for (variables, expected) in [
            (
                &[("CI_PROJECT_ID", " ")][..],
                "CI_API_V4_URL, CI_PROJECT_ID, CI_MERGE_REQUEST_IID, GITLAB_TOKEN, which are",
            ),
            (&SET, "CI_MERGE_REQUEST_IID, which is"),
            (
                &[SET[0], SET[1], ("CI_MERGE_REQUEST_IID", "1")],
                "GITLAB_TOKEN, which is",
            ),
        ] {
            let message = format!("--comment needs {expected} not set");
            assert_eq!(refused(variables), message);
        }
    }

    #[test]
    fn a_malformed_variable_is_an_error() {
        let rest = [SET[1], SET[2], ("CI_MERGE_REQUEST_IID", "1")];
        for address in [
            "git.test/api/v4",
            "ftp://git.test",
            "https://me:pass@git.test/api/v4",
            "https://git.test/?a",
        ] {
            let error = refused(&[&[("CI_API_V4_URL", address)][..], &rest].concat());
            assert!(
                error.starts_with("CI_API_V4_URL must be an address"),
                "{error}"
            );
            assert!(!error.contains("pass"), "{error}");
        }
        let fork = [
            ("CI_MERGE_REQUEST_IID", "1"),
            ("CI_MERGE_REQUEST_PROJECT_ID", "a/b"),
        ];
        let error = refused(&[&SET[..], &fork].concat());
        assert_eq!(
            error,
            "CI_MERGE_REQUEST_PROJECT_ID must be a number, not `a/b`"
        );
    }

    #[test]
    fn a_merge_request_from_a_fork_is_in_its_own_project() {
        let fork = [
            ("CI_MERGE_REQUEST_IID", "3"),
            ("CI_MERGE_REQUEST_PROJECT_ID", "12"),
        ];
        let job = job(&[&SET[..], &fork].concat());
        let (settings, project, iid) = job
            .merge_request("--comment", None, Duration::MAX)
            .ok()
            .unwrap();
        assert_eq!((project, iid), (12, 3));
        assert_eq!(settings.token.secret(), "glpat-1");
    }

    #[test]
    fn reading_takes_another_address_and_the_jobs_own_token() {
        let own = [SET[0], ("CI_JOB_TOKEN", "glcbt-1")];
        let reading = |variables: &[_], address: Option<&str>| {
            let address = address.map(|text| gitlab_address(text).unwrap());
            let settings = job(variables).reading("check", address.as_ref(), None, Duration::MAX);
            settings.map(|settings| (settings.api.to_string(), settings.token))
        };
        let (api, token) = reading(&own, None).ok().unwrap();
        assert_eq!(api, "https://git.test/api/v4");
        assert!(matches!(token, GitLabToken::Job(_)));
        for (address, expected) in [
            ("https://a.test", "https://a.test/api/v4"),
            ("https://a.test/gitlab/", "https://a.test/gitlab/api/v4"),
            (
                "https://a.test/gitlab/api/v4/",
                "https://a.test/gitlab/api/v4/",
            ),
        ] {
            let (api, token) = reading(&SET, Some(address)).ok().unwrap();
            assert_eq!(api, expected);
            assert!(matches!(token, GitLabToken::Access(_)));
        }
        let missing = reading(&[], None).err().unwrap().to_string();
        assert_eq!(
            missing,
            "check needs CI_API_V4_URL, GITLAB_TOKEN, which are not set"
        );
    }
}
