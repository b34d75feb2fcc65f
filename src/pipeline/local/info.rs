//! INFO: what clients look for in a server's INFO, and what operators look for in corelane's.
//!
//! Only the sections about keys and about saving concern nodes, which are asked for them. Plain INFO, which probes use, is
//! answered also while a node is down, and then without what the nodes would have said; for sections that are asked for
//! by name that would be wrong numbers, so it is an error.

use std::fmt::Write as _;

use super::super::Pipeline;
use super::super::gather::{KEYSPACE_HERE, PERSISTENCE_HERE};
use super::super::ingest::{Frame, Taken};
use super::super::slab::Key;
use super::super::time::Time;
use super::totals::Totals;
use crate::command::{Broadcast, Command, Merge, To};
use crate::resp::{Protocol, RequestView, write};

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// Sections in the order in which they are shown.
const SECTIONS: [(&str, Extent); 13] = [
    ("Server", Extent::Default),
    ("Clients", Extent::Default),
    ("Memory", Extent::Default),
    ("Persistence", Extent::Default),
    ("Stats", Extent::Default),
    ("Replication", Extent::Default),
    ("CPU", Extent::Default),
    ("Modules", Extent::Default),
    ("Commandstats", Extent::All),
    ("Errorstats", Extent::Default),
    ("Cluster", Extent::Default),
    ("Keyspace", Extent::Default),
    ("Corelane", Extent::Default),
];

/// Who gets a section without naming it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// Everybody.
    Default,
    /// Who asks for all.
    All,
}

/// Whence the sections come that nodes know about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// The nodes fill them.
    Nodes,
    /// They have only what is known without the nodes.
    Here,
}

/// Sections that nodes are asked about.
const NODES_KNOW: [&str; 2] = ["keyspace", "persistence"];

const HOW: Broadcast = Broadcast {
    to: To::Primaries,
    merge: Merge::Keyspace,
    repeats: true,
};

/// If a section is asked for by its name.
pub(super) fn names_section(view: &RequestView<'_>, name: &str) -> bool {
    let mut args = view.args().skip(1);
    args.any(|arg| arg.eq_ignore_ascii_case(name.as_bytes()))
}

/// If a section is asked for, by its name or among others.
fn wants(view: &RequestView<'_>, title: &str, extent: Extent) -> bool {
    let asks = |word: &str| names_section(view, word);
    let wants_all = asks("all") || asks("everything");
    let wants_default = view.len_args() == 1 || asks("default");
    wants_all || (wants_default && extent == Extent::Default) || asks(title)
}

/// If INFO asks by name for something that only nodes know.
fn needs_nodes(view: &RequestView<'_>) -> bool {
    NODES_KNOW.iter().any(|name| names_section(view, name))
}

impl Pipeline {
    /// INFO [section ...].
    pub(super) fn info(
        &mut self,
        view: &RequestView<'_>,
        protocol: Protocol,
        totals: &Totals,
        now: Time,
        out: &mut Vec<u8>,
    ) {
        let text = self.info_text(view, totals, Source::Here, now);
        write::verbatim(out, &text, protocol);
    }

    /// If nodes are asked for a part of INFO.
    pub(super) fn asks_nodes(&self, view: &RequestView<'_>, now: Time) -> bool {
        let mut known = NODES_KNOW.iter();
        needs_nodes(view)
            || (known.any(|name| wants(view, name, Extent::Default))
                && self.are_primaries_well(now))
    }

    /// If all primaries are known and can be reached, as far as this worker knows.
    fn are_primaries_well(&self, now: Time) -> bool {
        let Ok(owners) = self.routes.owners() else {
            return false;
        };
        let is_well = |owner| {
            let node = self.routes.primary_now(owner);
            node.is_some_and(|node| self.routes.down_since(node, now).is_none())
        };
        !self.routes.is_outdated() && owners.iter().all(is_well)
    }

    /// INFO with a section that nodes know about.
    pub(super) fn info_of_nodes(
        &mut self,
        key: Key,
        command: &'static Command,
        view: &RequestView<'_>,
        totals: &Totals,
        now: Time,
    ) -> Taken {
        let mut task = self.merge_task(HOW, key);
        task.text = self.info_text(view, totals, Source::Nodes, now).into();
        if !needs_nodes(view) {
            task.instead = self.info_text(view, totals, Source::Here, now).into();
        }
        let names = NODES_KNOW
            .iter()
            .filter(|name| wants(view, name, Extent::Default));
        let words = std::iter::once("INFO").chain(names.copied());
        let words: Vec<&[u8]> = words.map(str::as_bytes).collect();
        let mut question = Vec::new();
        write::request(&mut question, &words);
        self.ask_nodes(key, command, HOW.to, task, &Frame::Borrowed(&question), now)
    }

    fn info_text(
        &self,
        view: &RequestView<'_>,
        totals: &Totals,
        source: Source,
        now: Time,
    ) -> String {
        let mut text = String::new();
        for (title, extent) in SECTIONS {
            if !wants(view, title, extent) {
                continue;
            }
            if !text.is_empty() {
                text.push_str("\r\n");
            }
            let _ = write!(text, "# {title}\r\n");
            match title {
                "Keyspace" if source == Source::Nodes => text.push_str(KEYSPACE_HERE),
                "Persistence" if source == Source::Nodes => text.push_str(PERSISTENCE_HERE),
                _ => self.section(title, totals, now, &mut text),
            }
        }
        text
    }

    fn section(&self, title: &str, totals: &Totals, now: Time, text: &mut String) {
        match title {
            "Server" => self.server_section(now, text),
            "Clients" => {
                line(text, "connected_clients", totals.clients);
                line(text, "maxclients", self.config.limits.clients_max);
                line(text, "blocked_clients", totals.blocked);
                line(text, "cluster_connections", 0);
            }
            "Memory" => {
                line(text, "used_memory", totals.held_bytes);
                line(text, "maxmemory", self.config.limits.memory_max);
                // What nodes evict is their policy, which `maxmemory_policy` would not tell.
            }
            // There is nothing to load here, which clients look for before they begin. What nodes save is not known.
            "Persistence" => {
                line(text, "loading", 0);
                line(text, "async_loading", 0);
            }
            "Stats" => {
                line(text, "total_connections_received", totals.accepted);
                line(text, "total_commands_processed", totals.requests);
                line(text, "total_net_input_bytes", totals.input_bytes);
                line(text, "total_net_output_bytes", totals.output_bytes);
                line(text, "rejected_connections", totals.rejected);
            }
            "Replication" => {
                line(text, "role", "master");
                line(text, "connected_slaves", 0);
                line(text, "master_repl_offset", 0);
            }
            "CPU" => {
                let [user, kernel] = self.cpu;
                let seconds = |time: std::time::Duration| format!("{:.6}", time.as_secs_f64());
                line(text, "used_cpu_sys", seconds(kernel));
                line(text, "used_cpu_user", seconds(user));
            }
            // CLUSTER shows a cluster of one node; see `facade`.
            "Cluster" => line(text, "cluster_enabled", 1),
            "Corelane" => self.own_section(text),
            // Modules, keys and counts of single commands are the nodes' affair.
            _ => {}
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
        // Libraries that look at this word do more with one server than with a cluster, such as MGET over
        // any keys; those that are told to use a cluster look at `cluster_enabled` and at CLUSTER.
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
        line(text, "draining", u8::from(self.is_draining()));
        let reloads = &self.reloads;
        line(
            text,
            "settings_reloads",
            reloads.changed + reloads.unchanged,
        );
        line(text, "settings_reloads_refused", reloads.refused);
        line(text, "settings_last_reload", reloads.last.name());
        line(text, "settings_need_restart", reloads.need_restart);
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
