//! Which GitLab signs the JWTs of the auth methods. Another GitLab has other projects under the same numbers.

use url::Url;

use super::questions::Questions;
use crate::mappings::Loaded;

/// The auth methods whose JWTs another GitLab signs than the one that is asked, each with the address of that one.
#[derive(Debug)]
pub(crate) struct OtherSigners {
    methods: Vec<(String, Url)>,
    /// Whether the GitLab that is asked signs those of another method, so that the two are not one by two addresses.
    are_certain: bool,
}

impl OtherSigners {
    /// Compares what the files say with the address of the API that is asked.
    pub(crate) fn of(loaded: &Loaded, api: &Url) -> Self {
        let methods = loaded.platform.iter().flat_map(|file| &file.platform.auth);
        let signed = methods.filter_map(|(path, method)| {
            let config = method.keys.config.as_ref()?;
            let address = Url::parse(&config.bound_issuer)
                .ok()
                .or_else(|| config.gitlab_address())?;
            Some((path.to_string(), address))
        });
        let server = |url: &Url| {
            let host = url.host_str().map(str::to_owned);
            (host, url.port_or_known_default())
        };
        let (same, methods): (Vec<_>, Vec<_>) =
            signed.partition(|(_, address)| server(address) == server(api));
        Self {
            methods,
            are_certain: !same.is_empty(),
        }
    }

    /// Leaves out the numbers that are certainly of another GitLab.
    pub(crate) fn leave_out(&self, questions: &mut Questions) {
        if self.are_certain {
            let is_other = |mount: &str| self.methods.iter().any(|(path, _)| path == mount);
            questions
                .claims
                .retain(|(_, question)| !is_other(question.mount()));
        }
    }

    /// What the comparison does not show because of them.
    pub(crate) fn not_looked_at(&self) -> impl Iterator<Item = String> {
        self.methods.iter().map(|(path, address)| {
            let address = address.as_str().trim_end_matches('/');
            if self.are_certain {
                format!("numbers in the roles of auth/{path}, whose JWTs {address} signs")
            } else {
                format!("whether this is {address}, which signs the JWTs of auth/{path}")
            }
        })
    }
}
