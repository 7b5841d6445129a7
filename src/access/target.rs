//! What gives credentials: the roles of AWS engines.

use std::cmp::Ordering;
use std::fmt;

use crate::acl::Capability;
use crate::resource::{Address, AwsRole, AwsStaticRole, CredentialType, Kind, Typed};

/// A role of an AWS engine, or a static role.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'a> {
    /// The path of the engine.
    pub(crate) mount: &'a str,
    /// The role's name.
    pub(crate) name: &'a str,
    gives: Gives<'a>,
}

/// What the credentials are.
#[derive(Debug, Clone, Copy)]
enum Gives<'a> {
    /// New ones at each request.
    New(&'a AwsRole),
    /// The access key that Vault keeps.
    Kept(&'a AwsStaticRole),
    /// It can't be read what: any of those that a role of this kind may give.
    Unread(Kind),
}

/// One of the paths at which credentials are given; those of a role all serve every type of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct CredentialPath(&'static str);

impl<'a> Target<'a> {
    /// A role.
    pub(super) const fn of_role(mount: &'a str, name: &'a str, role: &'a AwsRole) -> Self {
        let gives = Gives::New(role);
        Self { mount, name, gives }
    }

    /// A static role.
    pub(super) const fn of_static_role(
        mount: &'a str,
        name: &'a str,
        role: &'a AwsStaticRole,
    ) -> Self {
        let gives = Gives::Kept(role);
        Self { mount, name, gives }
    }

    /// A role, or a static one, that can't be read; none for what gives no credentials.
    pub(super) fn unread(address: &'a Address) -> Option<Self> {
        let gives = Gives::Unread(address.kind);
        let (mount, name) = (address.mount.as_str(), address.name.as_str());
        (!address.kind.credentials().is_empty()).then_some(Self { mount, name, gives })
    }

    /// The role, unless it is a static one or can't be read.
    pub(crate) const fn role(&self) -> Option<&'a AwsRole> {
        match self.gives {
            Gives::New(role) => Some(role),
            Gives::Kept(_) | Gives::Unread(_) => None,
        }
    }

    /// Whether its credentials are the access key that Vault keeps of an IAM user.
    pub(crate) const fn is_kept(&self) -> bool {
        matches!(self.gives, Gives::Kept(_))
    }

    /// What its credentials are: the ARNs of the IAM roles, or for other types the path of this role and the type.
    pub(crate) fn identities(&self) -> Vec<String> {
        let kind = match self.gives {
            Gives::Kept(role) => format!("the access key of the IAM user {}", role.username),
            Gives::Unread(_) => "credentials that are not known".into(),
            Gives::New(role) => match role.credential_type {
                CredentialType::AssumedRole => {
                    return role.role_arns.iter().map(str::to_owned).collect();
                }
                CredentialType::IamUser => "a new IAM user".into(),
                CredentialType::FederationToken => "a federated session".into(),
                CredentialType::SessionToken => "a session of the engine's own user".into(),
            },
        };
        vec![format!("{kind} ({self})")]
    }

    /// Whether one of its identities is asked for.
    pub(super) fn has_identity(&self, is_asked: impl Fn(&str) -> bool) -> bool {
        match self.gives {
            Gives::New(role) if role.credential_type == CredentialType::AssumedRole => {
                role.role_arns.iter().any(is_asked)
            }
            _ => self.identities().iter().any(|identity| is_asked(identity)),
        }
    }

    /// Where it gives credentials.
    pub(crate) fn path(&self, credential_path: CredentialPath) -> String {
        format!("{}/{credential_path}/{}", self.mount, self.name)
    }

    /// The paths at which it gives credentials.
    pub(super) fn credential_paths(&self) -> impl Iterator<Item = CredentialPath> + use<> {
        self.kind()
            .credentials()
            .iter()
            .copied()
            .map(CredentialPath)
    }

    /// The requests that give credentials: an existing name needs `update` for a POST and `read` for a GET; `create` alone
    /// gives nothing. The key of a static role is given to a GET only.
    pub(super) fn requests(&self) -> impl Iterator<Item = (CredentialPath, Capability)> + use<> {
        let capabilities: &[Capability] = match self.gives {
            Gives::New(_) | Gives::Unread(_) => &[Capability::Update, Capability::Read],
            Gives::Kept(_) => &[Capability::Read],
        };
        self.credential_paths().flat_map(move |path| {
            capabilities
                .iter()
                .map(move |capability| (path, *capability))
        })
    }

    const fn kind(&self) -> Kind {
        match self.gives {
            Gives::New(_) => AwsRole::KIND,
            Gives::Kept(_) => AwsStaticRole::KIND,
            Gives::Unread(kind) => kind,
        }
    }

    fn key(&self) -> (&str, Kind, &str) {
        (self.mount, self.kind(), self.name)
    }
}

impl fmt::Display for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Address::of_role(self.kind(), self.mount, self.name).fmt(f)
    }
}

impl PartialEq for Target<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Target<'_> {}

impl PartialOrd for Target<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Target<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl fmt::Display for CredentialPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
