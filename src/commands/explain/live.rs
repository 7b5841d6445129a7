//! Reads what grants access, from the files or from Vault.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::super::{Error, unless_stopped, with_vault};
use crate::access::{self, Configuration, Unknown};
use crate::cli::Global;
use crate::desired::{Desired, Unmanaged};
use crate::live::{Live, OtherGrants};
use crate::plan::Plan;
use crate::progress::Progress;
use crate::resource::{Accessors, Address, Resource, Unreadable};
use crate::vault::{ServerId, ServerVersion};

/// The resources that decide who has access, from the files or from Vault.
#[derive(Debug)]
pub(super) struct Source<'d> {
    pub(super) resources: Cow<'d, BTreeMap<Address, Resource>>,
    /// What else is there, and can't be read.
    pub(super) unreadable: BTreeMap<Address, Unreadable>,
    pub(super) accessors: Accessors,
    pub(super) version: ServerVersion,
    /// What else grants access; empty if Vault was not read.
    pub(super) other_grants: OtherGrants,
    /// The server; none if Vault was not read.
    pub(super) server: Option<ServerId>,
    /// What the files would change in Vault; none if Vault was not read.
    pub(super) drift: Option<Plan>,
}

impl<'d> Source<'d> {
    /// The resources of the files.
    pub(super) fn files(desired: &'d Desired) -> Self {
        Self {
            resources: Cow::Borrowed(&desired.resources),
            unreadable: BTreeMap::new(),
            accessors: Accessors::new(),
            version: ServerVersion::default(),
            other_grants: OtherGrants::default(),
            server: None,
            drift: None,
        }
    }

    /// The resources in Vault: what the files declare or leave unmanaged, and what else grants access there.
    ///
    /// # Errors
    /// When Vault can't be read.
    pub(super) async fn live(global: &Global, desired: &Desired) -> Result<Self, Error> {
        let whole = Desired {
            unmanaged: Unmanaged::default(),
            ..desired.clone()
        };
        with_vault(global, async |session, stop| {
            let reader = session.reader();
            let progress = Progress::on_terminal();
            let mut live = unless_stopped(stop, Live::read(&reader, &whole, &progress)).await?;
            let other_grants = async { Ok::<_, Error>(live.read_other_grants(&reader).await) };
            let other_grants = unless_stopped(stop, other_grants).await?;
            Ok(Self {
                drift: Some(Plan::new(desired, &live)),
                server: Some(live.server.clone()),
                resources: Cow::Owned(access::with_additions(
                    &live.resources,
                    &other_grants.additions,
                )),
                unreadable: live.unreadable,
                accessors: live.accessors,
                version: live.version,
                other_grants,
            })
        })
        .await
    }

    /// What may reach the identities of the question without a JWT.
    pub(super) fn beside_jwts<'c>(
        &self,
        configuration: &Configuration<'c>,
        is_asked: impl Fn(&str) -> bool,
    ) -> Vec<Unknown<'c>> {
        access::of_others(
            configuration,
            &self.resources,
            &self.unreadable,
            &self.other_grants,
            is_asked,
        )
    }
}
