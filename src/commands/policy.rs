//! `policy`: prints the least policy with which the files can be planned or applied.

use super::{Error, Exit, desired, is_stdout, print};
use crate::acl;
use crate::cli::{Global, PolicyArgs as Args};
use crate::files::{Readers, write_whole};
use crate::privilege::{self, Extent};
use crate::resource::{Address, Kind};

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let desired = desired(global)?;
    let login = &global.login;
    let role = Address::of_role(Kind::JwtRole, &login.auth_mount, login.provisioner_role());
    let extent = Extent::new(args.r#for, args.bounded).ok_or(Error::BoundedPlan)?;
    let own = privilege::own_of_login(&desired, &role);
    let rules = privilege::least(&desired, &own, extent)?;
    let text = acl::render(&rules);
    match args.out.as_deref().filter(|path| !is_stdout(path)) {
        None => print(&text)?,
        Some(path) => {
            write_whole(path, text.as_bytes(), Readers::Everyone).map_err(|error| Error::Write {
                name: path.display().to_string(),
                error,
            })?
        }
    }
    Ok(Exit::Success)
}
