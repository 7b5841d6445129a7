//! Mounts of types whose content is not managed: their settings are the files', and what is in them is not.

use std::thread::sleep;
use std::time::Duration;

use serde_json::json;

use crate::support::{Mappings, Tool, Vault, stderr, stdout};

const PLATFORM: &str = "\
version: 1
auth:
  machines: {type: approle, description: Machines, max_lease_ttl: 1h}
secrets:
  team/kv: {type: kv, description: Secrets, options: {version: \"2\"}}
";

#[test]
fn settings_of_a_mount_of_any_type_are_managed_and_its_content_is_left_alone() {
    let (vault, mappings) = (Vault::start(), Mappings::of(PLATFORM));
    let (tool, root) = (Tool::new(&vault, &mappings), &vault.root);
    tool.apply().assert().success();
    tool.plan().assert().code(0);

    // Content that no file has: not a change, and there after each apply.
    root.write("auth/machines/role/deploy", &json!({"token_ttl": "5m"}));
    let secret = json!({"data": {"password": "secret"}});
    // A new engine with versions sets itself up for a moment.
    while root.request("POST", "team/kv/data/app", &secret).status != 200 {
        sleep(Duration::from_millis(5));
    }
    let is_there = || {
        assert_eq!(root.list("auth/machines/role"), ["deploy"]);
        assert_eq!(root.list("team/kv/metadata"), ["app"]);
    };
    tool.plan().assert().code(0);
    tool.run(["drift"]).assert().code(0);

    root.write(
        "sys/mounts/team/kv/tune",
        &json!({"description": "someone's", "options": {"a": "b"}}),
    );
    root.write(
        "sys/mounts/auth/machines/tune",
        &json!({"max_lease_ttl": "2h"}),
    );
    let drift = tool.run(["drift"]).assert().code(2);
    for told in [
        "sys/auth/machines",
        "max_lease_ttl",
        "sys/mounts/team/kv",
        "description",
        "options",
    ] {
        assert!(stdout(&drift).contains(told), "{}", stdout(&drift));
    }
    tool.apply().assert().success();
    tool.plan().assert().code(0);
    is_there();

    // Import takes them by name, and its files change nothing.
    let names = ["--auth", "machines", "--secrets", "team/kv"];
    let import = ["import", "--out", "imported"];
    tool.run(import.iter().chain(&names)).assert().success();
    let plan = ["plan", "--detailed-exitcode", "--mappings", "imported"];
    tool.run(plan).assert().code(0);

    // What Vault sets when it mounts would take a new mount, which no command makes of an old one.
    for (old, new, field) in [
        ("type: kv", "type: transit", "type: kv"),
        ("type: kv", "type: kv, local: true", "local: false"),
        (
            "type: kv",
            "type: kv, force_no_cache: true",
            "force_no_cache: false",
        ),
        ("version: \"2\"", "version: \"1\"", "options.version: 2"),
    ] {
        mappings.write("vault.yaml", PLATFORM.replace(old, new));
        let refused = stderr(&tool.plan().assert().code(1));
        let told = format!("error[mount-type]: sys/mounts/team/kv is mounted with `{field}`");
        assert!(refused.contains(&told), "{refused}");
    }
    mappings.write("vault.yaml", "version: 1\n");
    tool.apply().assert().success();
    is_there();
    mappings.write(
        "vault.yaml",
        "version: 1\nremoved: [{secrets: team/kv}, {auth: machines}]\n",
    );
    tool.apply().assert().success();
    tool.plan().assert().code(0);
}

#[test]
fn the_version_of_a_plugin_can_be_pinned_and_not_unpinned() {
    let vault = Vault::start();
    let root = &vault.root;
    root.write("sys/auth/machines", &json!({"type": "approle"}));
    let mounts = root.read("sys/auth").unwrap();
    let version = mounts["machines/"]["running_plugin_version"]
        .as_str()
        .unwrap();
    let pinned = format!("auth: {{machines: {{type: approle, plugin_version: {version}}}}}\n");
    let mappings = Mappings::of(&format!("version: 1\n{pinned}"));
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    tool.plan().assert().code(0);

    mappings.write(
        "vault.yaml",
        "version: 1\nauth: {machines: {type: approle}}\n",
    );
    let refused = stderr(&tool.plan().assert().code(1));
    assert!(
        refused.contains(&format!("`plugin_version: {version}`")),
        "{refused}"
    );

    // At a new mount, too.
    root.delete("sys/auth/machines");
    mappings.write("vault.yaml", format!("version: 1\n{pinned}"));
    tool.apply().assert().success();
    tool.plan().assert().code(0);
}
