//! INFO: what clients look for in a server's INFO, and what operators look for in corelane's.

use std::fmt::Write as _;

use super::super::Pipeline;
use super::super::time::Time;
use crate::resp::{Protocol, RequestView, write};

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// Sections in the order in which they are shown.
const SECTIONS: [&str; 7] = [
    "server",
    "clients",
    "memory",
    "stats",
    "replication",
    "cluster",
    "corelane",
];

impl Pipeline {
    /// INFO [section ...].
    pub(super) fn info(
        &mut self,
        view: &RequestView<'_>,
        protocol: Protocol,
        now: Time,
        out: &mut Vec<u8>,
    ) {
        let is_wanted = |section: &str| {
            view.len_args() == 1
                || view.args().skip(1).any(|arg| {
                    arg.eq_ignore_ascii_case(section.as_bytes())
                        || [b"all".as_slice(), b"default", b"everything"]
                            .iter()
                            .any(|every| arg.eq_ignore_ascii_case(every))
                })
        };
        let mut text = String::new();
        for section in SECTIONS.into_iter().filter(|section| is_wanted(section)) {
            if !text.is_empty() {
                text.push_str("\r\n");
            }
            self.section(section, now, &mut text);
        }
        write::verbatim(out, &text, protocol);
    }

    fn section(&self, section: &str, now: Time, text: &mut String) {
        let title: String = section
            .chars()
            .take(1)
            .flat_map(char::to_uppercase)
            .collect();
        let _ = write!(
            text,
            "# {title}{}\r\n",
            section.get(1..).unwrap_or_default()
        );
        match section {
            "server" => self.server_section(now, text),
            "clients" => {
                line(
                    text,
                    "connected_clients",
                    self.clients.len() + self.clients_elsewhere,
                );
                line(text, "maxclients", self.config.limits.clients_max);
                line(text, "blocked_clients", 0);
            }
            "memory" => {
                line(text, "used_memory", self.held_bytes);
                line(text, "maxmemory", self.config.limits.memory_max);
            }
            "stats" => {
                let counters = &self.stats.counters;
                line(
                    text,
                    "total_connections_received",
                    counters.clients_accepted,
                );
                line(text, "total_commands_processed", counters.requests);
                line(text, "total_net_input_bytes", counters.bytes_from_clients);
                line(text, "total_net_output_bytes", counters.bytes_to_clients);
                line(text, "rejected_connections", counters.clients_rejected);
            }
            "replication" => {
                line(text, "role", "master");
                line(text, "connected_slaves", 0);
            }
            // To its clients corelane is one server: they must not go looking for nodes.
            "cluster" => line(text, "cluster_enabled", 0),
            _ => self.own_section(text),
        }
    }

    fn server_section(&self, now: Time, text: &mut String) {
        let uptime = now.since(self.started) / NANOS_PER_SECOND;
        line(text, "redis_version", self.server.redis_version());
        if let Some(name) = &self.server.server_name {
            line(text, "server_name", name);
        }
        if let Some(version) = &self.server.valkey_version {
            line(text, "valkey_version", version);
        }
        line(text, "redis_mode", "standalone");
        line(text, "os", std::env::consts::OS);
        line(text, "arch_bits", usize::BITS);
        line(text, "process_id", self.process_id);
        line(
            text,
            "tcp_port",
            self.config
                .listen
                .first()
                .map_or(0, std::net::SocketAddr::port),
        );
        line(text, "uptime_in_seconds", uptime);
        line(text, "uptime_in_days", uptime / 86_400);
        line(text, "corelane_version", env!("CARGO_PKG_VERSION"));
    }

    fn own_section(&self, text: &mut String) {
        line(text, "version", env!("CARGO_PKG_VERSION"));
        line(text, "worker", self.worker);
        line(text, "workers", self.workers);
        line(
            text,
            "map_version",
            self.routes.version().map_or(0, |version| version.0),
        );
        line(text, "slots_covered", self.routes.covered());
        line(text, "nodes_known", self.routes.known());
        line(text, "draining", u8::from(self.draining));
        let counters = self.stats().counters;
        counters.each(|name, _, _, value| {
            line(text, name.strip_prefix("corelane_").unwrap_or(name), value);
        });
        for (name, quantile) in [
            ("latency_us_p50", 0.5),
            ("latency_us_p99", 0.99),
            ("latency_us_p999", 0.999),
        ] {
            line(text, name, self.stats.latency.quantile_us(quantile));
        }
    }
}

fn line(text: &mut String, name: &str, value: impl std::fmt::Display) {
    let _ = write!(text, "{name}:{value}\r\n");
}
