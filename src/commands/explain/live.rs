//! What Vault holds of everything that gives access.

use std::collections::BTreeMap;

use super::super::{Error, unless_stopped, with_vault};
use crate::access::{self, Configuration, Unknown};
use crate::cli::Global;
use crate::desired::{Desired, Unmanaged};
use crate::live::{Elsewhere, Live};
use crate::progress::Progress;
use crate::resource::{Accessors, Address, Resource};
use crate::vault::ServerVersion;

/// The resources that decide who has access: those of the files, or those in Vault.
#[derive(Debug, Default)]
pub(super) struct Source {
    pub(super) resources: BTreeMap<Address, Resource>,
    pub(super) accessors: Accessors,
    pub(super) version: ServerVersion,
    /// What gives access besides; nothing where Vault was not asked.
    pub(super) elsewhere: Elsewhere,
}

impl Source {
    /// What the files say.
    pub(super) fn files(desired: &Desired) -> Self {
        Self {
            resources: desired.resources.clone(),
            ..Self::default()
        }
    }

    /// What Vault holds: of what the files are about, with the roles that they leave alone, and whatever else gives
    /// access there.
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
            let elsewhere = async { Ok::<_, Error>(live.read_elsewhere(&reader).await) };
            let elsewhere = unless_stopped(stop, elsewhere).await?;
            Ok(Self {
                resources: access::with_additions(&live.resources, &elsewhere.additions),
                accessors: live.accessors,
                version: live.version,
                elsewhere,
            })
        })
        .await
    }

    /// What may let others in than JWTs, to the identities that are asked about.
    pub(super) fn beside_jwts<'c>(
        &self,
        configuration: &Configuration<'c>,
        is_asked: impl Fn(&str) -> bool,
    ) -> Vec<Unknown<'c>> {
        access::elsewhere(configuration, &self.resources, &self.elsewhere, is_asked)
    }
}
