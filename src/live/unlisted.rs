//! What an answer about access misses where a folder of the files' mounts can't be listed.

use super::listing::Unlisted;
use super::{Live, OtherGrants};
use crate::acl::{self, Capability, ReadRule};
use crate::resource::{self, Address, Kind, Policy};

impl Live {
    /// Adds the folders of the files' mounts that could not be listed.
    pub(super) fn add_unlisted(&self, other_grants: &mut OtherGrants) {
        for (path, why) in &self.unlisted {
            match why {
                Unlisted::Denied(error) => {
                    other_grants.unread.insert(path.clone(), error.to_string());
                }
                Unlisted::Unsupported => {
                    other_grants.unlistable.insert(path.clone());
                    if let Some(why) = self.reaches_unlisted(path) {
                        other_grants.unread.insert(path.clone(), why);
                    }
                }
            }
        }
    }

    /// Why what is in a folder that can't be listed matters: a policy reads credentials there that nobody has seen the
    /// role of. None if no policy does.
    fn reaches_unlisted(&self, folder: &str) -> Option<String> {
        let (mount, _) = folder.rsplit_once('/')?;
        let kinds = Kind::ALL.iter().filter(|kind| {
            let of_kind = Address::of_role(**kind, mount, "name").folder();
            of_kind.is_some_and(|of_kind| of_kind.path() == folder)
        });
        let credentials = kinds.flat_map(|kind| kind.credentials());
        let credentials: Vec<String> = credentials.map(|name| format!("{mount}/{name}/")).collect();
        let (policy, path) =
            resource::of_type::<Policy>(&self.resources).find_map(|(address, policy)| {
                let rules = acl::parse_each(&policy.policy).ok()?;
                let paths = rules.into_iter().filter_map(|rule| match rule {
                    ReadRule::Whole(rule) if !rule.capabilities.contains(&Capability::Deny) => {
                        Some(rule.path.as_str().to_owned())
                    }
                    _ => None,
                });
                let mut unseen = paths.filter(|path| {
                    credentials
                        .iter()
                        .any(|credentials| self.may_be_unseen(path, credentials, folder))
                });
                Some((&address.name, unseen.next()?))
            })?;
        Some(format!(
            "this server can't list what is there, and {path} in the policy {policy} gives the credentials of what the files \
             do not have"
        ))
    }

    /// Whether a rule's path may match the path of credentials whose role was not read.
    fn may_be_unseen(&self, path: &str, credentials: &str, folder: &str) -> bool {
        let Some(end) = path.find(['*', '+', '{']) else {
            let name = path.strip_prefix(credentials);
            return name.is_some_and(|name| {
                !self
                    .addresses()
                    .any(|seen| seen.path() == format!("{folder}/{name}"))
            });
        };
        let fixed = &path[..end];
        fixed.starts_with(credentials) || credentials.starts_with(fixed)
    }
}
