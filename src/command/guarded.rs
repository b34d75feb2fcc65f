//! Settings of servers that CONFIG SET changes for administrators only.
//!
//! CONFIG SET goes to all nodes at once. Most settings are harmless there, but with some of them one request could
//! keep corelane, other clients or the nodes themselves from each other, and they would stay so: who has set a
//! password for all nodes cannot take it back, because nothing can log in any more.

/// Beginnings of names: all settings of this kind.
const KINDS: [&str; 4] = ["cluster-", "rdma-", "tls-", "unixsocket"];

/// Whole names, in order.
const NAMES: [&str; 18] = [
    "appendfilename",
    "bind",
    "bind-source-addr",
    "client-output-buffer-limit",
    "client-query-buffer-limit",
    "dbfilename",
    "dir",
    "masterauth",
    "masteruser",
    "maxclients",
    "maxmemory-clients",
    "port",
    "primaryauth",
    "primaryuser",
    "protected-mode",
    "proto-max-bulk-len",
    "requirepass",
    "timeout",
];

/// If a setting can cut connections, changes who belongs to the cluster, or says where files are.
#[must_use]
pub fn is_guarded(setting: &[u8]) -> bool {
    let begins = |kind: &&str| {
        setting
            .get(..kind.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(kind.as_bytes()))
    };
    KINDS.iter().any(begins)
        || NAMES
            .iter()
            .any(|name| setting.eq_ignore_ascii_case(name.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::{NAMES, is_guarded};

    #[test]
    fn settings_are_told_apart() {
        assert!(NAMES.is_sorted());
        for name in "requirepass RequirePass masterauth primaryuser port bind tls-port TLS-CERT-FILE cluster-enabled \
                     cluster-announce-ip unixsocket unixsocketperm maxclients dir dbfilename timeout"
            .split_whitespace()
        {
            assert!(is_guarded(name.as_bytes()), "{name}");
        }
        for name in
            "maxmemory maxmemory-policy slowlog-max-len notify-keyspace-events appendonly save tls \
             cluster port2 timeouts hash-max-listpack-entries"
                .split_whitespace()
                .chain([""])
        {
            assert!(!is_guarded(name.as_bytes()), "{name}");
        }
    }
}
