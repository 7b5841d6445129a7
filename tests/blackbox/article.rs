//! The article's configuration, from an empty server to a job's AWS credentials.

use crate::support::{Mappings, Tool, Vault};

#[test]
fn an_empty_server_becomes_what_the_files_say_and_then_nothing_changes() {
    let (vault, mappings) = (Vault::start(), Mappings::article());
    let tool = Tool::new(&vault, &mappings);
    tool.plan().assert().code(2);
    tool.apply().assert().success();
    tool.plan().assert().code(0);
}
