//! INFO: what clients look for in a server's INFO, and what operators look for in corelane's.
//!
//! Clients, connections and requests are corelane's own. Memory, keys, saving, hits and misses, and counts of single
//! commands are the primaries', which are asked for them, and what they say is merged (`gather`). Plain INFO, which probes
//! use, is answered also while a node is down, and then without what the nodes would have said; for sections that are asked
//! for by name that would be wrong numbers, so it is an error.

use std::fmt::Write as _;

use super::super::Pipeline;
use super::super::gather::place;
use super::super::ingest::{Frame, Taken};
use super::super::slab::Key;
use super::super::time::Time;
use super::totals::Totals;
use crate::command::{Broadcast, Command, Merge, To};
use crate::resp::{Protocol, RequestView, write};

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// Sections in the order in which they are shown, and who knows about them.
const SECTIONS: [(&str, Extent, Knows); 14] = [
    ("Server", Extent::Default, Knows::Corelane),
    ("Clients", Extent::Default, Knows::Corelane),
    ("Memory", Extent::Default, Knows::Nodes),
    ("Persistence", Extent::Default, Knows::Nodes),
    ("Stats", Extent::Default, Knows::Nodes),
    ("Replication", Extent::Default, Knows::Corelane),
    ("CPU", Extent::Default, Knows::Corelane),
    ("Modules", Extent::Default, Knows::Nodes),
    ("Commandstats", Extent::All, Knows::Nodes),
    ("Errorstats", Extent::Default, Knows::Nodes),
    ("Latencystats", Extent::All, Knows::Nodes),
    ("Cluster", Extent::Default, Knows::Corelane),
    ("Keyspace", Extent::Default, Knows::Nodes),
    ("Corelane", Extent::Default, Knows::Corelane),
];

/// Who knows what a section has to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Knows {
    /// This process.
    Corelane,
    /// The nodes, and in part this process.
    Nodes,
}

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

const HOW: Broadcast = Broadcast {
    to: To::Primaries,
    merge: Merge::Info,
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

/// Sections that nodes know about.
fn of_nodes() -> impl Iterator<Item = (&'static str, Extent)> {
    let known = SECTIONS.iter().filter(|(_, _, who)| *who == Knows::Nodes);
    known.map(|(title, extent, _)| (*title, *extent))
}

/// If INFO asks by name for something that only nodes know.
fn needs_nodes(view: &RequestView<'_>) -> bool {
    of_nodes().any(|(title, _)| names_section(view, title))
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
        needs_nodes(view)
            || (of_nodes().any(|(title, extent)| wants(view, title, extent))
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
        let titles = of_nodes().filter(|(title, extent)| wants(view, title, *extent));
        let names = titles.map(|(title, _)| title.to_ascii_lowercase());
        let words: Vec<String> = std::iter::once("INFO".to_owned()).chain(names).collect();
        let words: Vec<&[u8]> = words.iter().map(String::as_bytes).collect();
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
        for (title, extent, who) in SECTIONS {
            if !wants(view, title, extent) {
                continue;
            }
            if !text.is_empty() {
                text.push_str("\r\n");
            }
            let _ = write!(text, "# {title}\r\n");
            let asks_nodes = source == Source::Nodes && who == Knows::Nodes;
            if !(asks_nodes && title == "Persistence") {
                self.section(title, totals, now, &mut text);
            }
            if asks_nodes {
                text.push_str(&place(title));
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
                // Memory is that of the nodes; this is what corelane has in its buffers.
                line(text, "corelane_buffer_bytes", totals.held_bytes);
                line(text, "corelane_memory_max", self.config.limits.memory_max);
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
                let [user, kernel] = self.usage.cpu;
                let seconds = |time: std::time::Duration| format!("{:.6}", time.as_secs_f64());
                line(text, "used_cpu_sys", seconds(kernel));
                line(text, "used_cpu_user", seconds(user));
            }
            // CLUSTER shows a cluster of one node; see `facade`.
            "Cluster" => line(text, "cluster_enabled", 1),
            "Corelane" => self.own_section(text),
            // The rest is the nodes' affair.
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
