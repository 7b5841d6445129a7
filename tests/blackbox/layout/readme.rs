//! The README lists what the binary has.

use std::collections::BTreeSet;

use super::first_cells;
use crate::support::{Mappings, Tool, stdout};

/// The commands that `--help` lists.
fn commands() -> BTreeSet<String> {
    let mappings = Mappings::empty();
    let run = Tool::offline(&mappings).run(["--help"]).assert().code(0);
    let help = stdout(&run);
    let (_, list) = help.split_once("\nCommands:\n").unwrap();
    let names = list
        .lines()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty() && *name != "help");
    names.map(str::to_owned).collect()
}

#[test]
fn the_readme_lists_every_command_and_no_other() {
    let cells = first_cells(
        "README.md",
        "Commands",
        "| command | what it does | exit code |",
    );
    let listed: BTreeSet<String> = cells
        .iter()
        .filter(|cell| !cell.starts_with('-'))
        .map(|cell| cell.split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(listed, commands());
}
