//! `policy`: prints the least policy with which the files can be planned or applied.

use super::{Error, Exit, desired, print};
use crate::acl;
use crate::cli::{Global, Policy as Args};
use crate::privilege;
use crate::resource::{Address, Kind};

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let desired = desired(global)?;
    let login = &global.login;
    let role = Address::of_role(Kind::JwtRole, &login.auth_mount, login.provisioner_role());
    let rules = privilege::least(&desired, &role, args.r#for)?;
    print(&acl::render(&rules))?;
    Ok(Exit::Success)
}
