//! One file a command: the only place that wires the parts together.

mod add;
mod allows;
mod apply;
mod check;
mod code;
mod completions;
mod contract;
mod credentials;
mod diff;
mod drift;
mod error;
mod exit;
mod explain;
mod gitlab;
mod import;
mod init;
mod load;
mod man;
mod plan;
mod policy;
mod run;
mod schema;
mod session;
mod show;
mod streams;
mod trust_policy;
mod usage;
mod validate;
mod whoami;

pub(crate) use error::Error;
pub(crate) use exit::Exit;
use load::{checked, count_errors, desired, files, show_diagnostics};
pub(crate) use run::{explain_code, run};
use session::{
    Looks, PlanWithFindings, Sides, compare, findings, unless_stopped, with_vault, with_vault_as,
};
use streams::{
    input_name, is_stdout, page_origin, print, print_review, printed, read_input, write_file,
    write_report,
};
