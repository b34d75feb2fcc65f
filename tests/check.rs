//! What `scripts/check` makes of a database of known faults that is there, or is not. A stand-in plays `cargo`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

/// Says what it was asked, and ends as the test wants.
const CARGO: &str = r#"#!/bin/sh
echo "asked: $*"
case "$*" in
*"fetch db"*) exit "$FETCHED" ;;
*advisories*) exit "$FAULTS" ;;
esac
"#;

#[test]
fn a_missing_network_fails_nothing_and_a_known_fault_does() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("check");
    fs::create_dir_all(&folder).unwrap();
    let cargo = folder.join("cargo");
    fs::write(&cargo, CARGO).unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var("PATH").unwrap();
    for (fetched, faults, passes, asks, says) in [
        (
            "0",
            "0",
            true,
            "check advisories bans licenses sources",
            "passed: deny",
        ),
        (
            "0",
            "1",
            false,
            "check advisories bans licenses sources",
            "FAILED deny",
        ),
        (
            "1",
            "1",
            true,
            "check bans licenses sources",
            "SKIPPED deny: its part advisories",
        ),
    ] {
        let output = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/check"))
            .arg("deny")
            .env("PATH", format!("{}:{path}", folder.display()))
            .env("FETCHED", fetched)
            .env("FAULTS", faults)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.success(), passes, "{said}");
        assert!(said.contains(asks), "{said}");
        assert!(said.contains(says), "{said}");
    }
}
