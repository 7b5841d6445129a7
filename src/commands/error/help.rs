//! What to do when a command fails.

use super::Error;

impl Error {
    /// What to do, unless the message says it already.
    pub(super) fn help(&self) -> Option<String> {
        match self {
            Self::Warnings(_) => Some(
                "correct the files as each warning says; where something is intended, write `allow` with a reason \
                 beside it, or run without --deny-warnings"
                    .into(),
            ),
            Self::BrokenContract { .. } => Some(
                "correct what each message names in Vault, or declare the roles under `unmanaged` in the files".into(),
            ),
            Self::Revision { .. } => Some(
                "name a folder, or a revision that `git log` lists; a pipeline's clone has only the newest commits unless \
                 GIT_DEPTH says otherwise"
                    .into(),
            ),
            Self::NotAnArn { .. } => Some(
                "write `--arn arn:aws:iam::123456789012:role/NAME`, a glob such as `--arn '*:role/admin'`, \
                 or `--account 123456789012`"
                    .into(),
            ),
            Self::UnknownArn { .. } => Some(
                "correct the ARN, or ask with a glob who can reach any role like it, such as `--arn '*:role/NAME'`"
                    .into(),
            ),
            Self::NoIamRole(_) => Some(
                "correct the ARN, or run `vault-provisioner trust-policy` without one for all roles".into(),
            ),
            Self::NoPrincipal(_) => Some(
                "write its ARN as `vault_principal` under `mappings` of vault.yaml, or give --principal; \
                 `aws sts get-caller-identity` with Vault's own AWS credentials names it"
                    .into(),
            ),
            Self::UnsupportedFields(_) => Some(
                "remove these from the files, or use a server that has them; docs/servers.md says what works where".into(),
            ),
            Self::Configured(_) => Some(
                "name another folder, or change the files that are there; `vault-provisioner validate` checks them".into(),
            ),
            Self::MissingOptions(_) => {
                Some("give these options, or run it on a terminal, where it asks".into())
            }
            Self::Unanswered => Some(
                "answer what is optional with an empty line, or give the options that `vault-provisioner init --help` lists"
                    .into(),
            ),
            Self::OpenSettings { .. } => Some(
                "change them where the list says; what is unknown needs a token of a maintainer or owner, or a look at the page"
                    .into(),
            ),
            Self::Vault(error) => error.help(),
            Self::Live(error) => error.help(),
            Self::Preflight(error) => error.help(),
            Self::NoMapping { .. } => Some(
                "map one to the project and environment of the job in the provisioner's project \
                 (`vault-provisioner add`), by a merge request; a job gets only what its own environment has; where \
                 `mappings.environments` has the environment under another name, give that as --environment, or as VAULT_AWS_ENVIRONMENT"
                    .into(),
            ),
            Self::JobRefused { .. } => Some(
                "the bound claims and audiences of the JWT role decide; where `mappings.environments` of the \
                 provisioner's project has the environment under another name, give that as --environment, or as VAULT_AWS_ENVIRONMENT"
                    .into(),
            ),
            Self::NotTrusted { .. } => Some(
                "the trust policy of the IAM role decides, and has to name the IAM role or user that Vault runs as; \
                 `vault-provisioner trust-policy` in the provisioner's project prints it for those who keep the role"
                    .into(),
            ),
            Self::NoProjectId { .. } => Some(
                "give --id with the number that GitLab shows on the project's page, in the menu beside its name; or let GitLab be \
                 asked: --gitlab-url, and GITLAB_TOKEN with an access token with the scope read_api"
                    .into(),
            ),
            Self::NoJwt(name) => Some(format!(
                "add `id_tokens: {{{name}: {{aud: https://vault.example.com}}}}` to the job, or name another variable with --jwt-env"
            )),
            Self::NoKeys => Some(
                "give --jwks-url, such as https://git.example.com/-/jwks; in a job, GitLab sets CI_SERVER_URL".into(),
            ),
            Self::UntrustedJwt { .. } => Some(
                "compare the address with `jwks_url` in vault.yaml; a JWT is valid while its job may run".into(),
            ),
            Self::GitLab(error) => error.help().map(str::to_owned),
            Self::Job(error) => error.help().map(str::to_owned),
            Self::NoCode { similar: [first, second, third], .. } => Some(format!(
                "similar codes are `{first}`, `{second}` and `{third}`; docs/messages lists all codes"
            )),
            _ => None,
        }
    }
}
