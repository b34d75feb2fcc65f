//! The counters and gauges of one worker, each declared once.
//!
//! The list below makes the fields, their documentation, the sum and the names for operators, so
//! that these cannot drift apart.

use std::ops::AddAssign;

/// How a number behaves over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// What is there at this moment; grows and shrinks.
    Gauge,
}

macro_rules! counters {
    ($($field:ident: $kind:ident, $help:literal;)+) => {
        /// The counters and gauges of one worker; `+=` sums each of them.
        #[expect(clippy::doc_markdown, reason = "the docs of fields are help texts for operators")]
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub struct WorkerCounters {
            $(#[doc = $help] pub $field: u64,)+
        }

        impl WorkerCounters {
            /// Calls `show(name, kind, help, value)` for each, in the order of declaration.
            ///
            /// The name is the metric family's, `corelane_<object>_<what>`: the text format adds
            /// `_total` to the name of a counter.
            pub fn each(&self, mut show: impl FnMut(&'static str, Kind, &'static str, u64)) {
                $(show(concat!("corelane_", stringify!($field)), Kind::$kind, $help, self.$field);)+
            }

            #[cfg(test)]
            fn filled_with(mut next: impl FnMut() -> u64) -> Self {
                Self { $($field: next(),)+ }
            }
        }

        impl AddAssign<&Self> for WorkerCounters {
            fn add_assign(&mut self, other: &Self) {
                $(self.$field = self.$field.wrapping_add(other.$field);)+
            }
        }
    };
}

counters! {
    clients_accepted: Counter, "Connections of clients that were accepted";
    clients_rejected: Counter, "Connections of clients that were closed at once because of limits.clients_max";
    clients_without_descriptor: Counter, "Connections of clients that were closed at once because the last descriptors are kept for nodes";
    accept_pauses: Counter, "Times that a worker paused accepting because it had no descriptor or memory for a client";
    clients_closed: Counter, "Connections of clients that ended, whoever ended them";
    clients_now: Gauge, "Clients that are connected";
    clients_waiting: Gauge, "Clients whose request waits in a server, such as BLPOP";
    closes_output_max: Counter, "Clients closed because their output passed limits.client_output_max";
    closes_memory: Counter, "Clients closed because they held much while limits.memory_max was reached, or much of what is for clients that have not authenticated";
    closes_slow_reply: Counter, "Clients closed because others waited while they took a large reply slowly, or because they took nothing of it";
    closes_broken_reply: Counter, "Clients closed because a connection to a node was lost in the middle of a large reply to them";
    closes_slow_request: Counter, "Clients closed because they stopped in the middle of a large request";
    closes_killed: Counter, "Clients closed because another client asked for it with CLIENT KILL";
    closes_subscriber: Counter, "Clients closed because they did not read their messages, by limits.subscriber_output_max or limits.subscriber_output_soft";
    closes_monitor: Counter, "Clients closed because they did not read what MONITOR showed them";
    monitor_lines_lost: Counter, "Requests of other workers that MONITOR did not show because too many waited to be shown";
    closes_users: Counter, "Clients closed because new settings have taken their user or its rights away";
    closes_idle: Counter, "Clients closed because of clients.client_timeout";
    closes_protocol: Counter, "Clients closed because their bytes broke the protocol";
    closes_unknown_outcome: Counter, "Clients closed because the outcome of a write is unknown, by clients.on_unknown_outcome";
    closes_http: Counter, "Clients closed because they spoke HTTP to the port for requests";

    requests: Counter, "Requests received from clients";
    replies: Counter, "Replies released to clients, errors included";
    replies_passed_on: Counter, "Large replies of which clients got the beginning before the end had come";
    requests_passed_on: Counter, "Large requests of which nodes got the beginning before the end had come";
    requests_broken_off: Counter, "Large requests that ended before they were whole, because their client left or was closed";
    requests_in_flight: Gauge, "Requests received and not yet replied to";
    local_answers: Counter, "Requests that were answered without asking a node";
    split_requests: Counter, "Requests that were split over several nodes or slots";
    emulated_requests: Counter, "Reads over several slots that were computed from what their keys hold";
    broadcasts: Counter, "Requests that were sent to several nodes because they are about nodes";
    parts: Counter, "Parts that split requests and requests to several nodes have";
    transactions: Counter, "Transactions that nodes have answered to with results, or with null because of watched keys";
    transactions_aborted: Counter, "Transactions that were given up with EXECABORT";
    transactions_unwatched: Counter, "Transactions answered with null because the connection that watched their keys was lost or the slot moved";
    bytes_from_clients: Counter, "Bytes read from clients";
    bytes_to_clients: Counter, "Bytes written to clients";
    bytes_from_nodes: Counter, "Bytes read from nodes";
    bytes_to_nodes: Counter, "Bytes written to nodes";

    redirects_moved: Counter, "MOVED replies that were followed";
    redirects_ask: Counter, "ASK replies that were followed";
    retries_tryagain: Counter, "Requests sent again after TRYAGAIN";
    retries_clusterdown: Counter, "Requests sent again after CLUSTERDOWN";
    retries_loading: Counter, "Requests sent again after LOADING";
    retries_readonly: Counter, "Requests sent again after READONLY";
    retries_masterdown: Counter, "Requests sent again after MASTERDOWN";
    retries_unblocked: Counter, "Waiting requests sent again because their node is no primary any more";
    retries_lost_link: Counter, "Requests sent again because their link was lost";
    retries_refused: Counter, "Requests sent elsewhere because a node refused the connection";

    errors_timeout: Counter, "Requests that failed because cluster.server_timeout had passed";
    errors_outcome_unknown: Counter, "Writes that failed after they were sent, so that they may or may not have been executed";
    errors_passed_on: Counter, "Large requests that failed in the middle or were refused at their end, and were not executed";
    errors_node_unavailable: Counter, "Requests that failed because no node could take them";
    errors_node_down: Counter, "Requests that failed at once because their node had been lost for longer than cluster.failover_hold";
    holds: Counter, "Times that a request began to wait for a primary that was lost";
    holds_now: Gauge, "Requests that wait for a primary that is lost";
    errors_merge_bytes: Counter, "Requests that failed because the replies of nodes to them passed limits.merge_bytes_max";
    tracked_keys: Gauge, "Keys that clients with CLIENT TRACKING have read and not been told to forget";
    tracked_keys_evicted: Counter, "Tracked keys said to have changed because of limits.tracked_keys_max";
    invalidations_received: Counter, "Messages of nodes that keys have changed";
    invalidations_sent: Counter, "Messages to clients that keys have changed, or may have";
    invalidation_batches_lost: Counter, "Batches of such messages from other workers that were lost; the clients were told that everything may have changed";
    errors_private_links: Counter, "Requests that failed because of limits.private_links_max";
    errors_transaction_full: Counter, "Requests refused because of limits.transaction_bytes_max";
    errors_too_large: Counter, "Requests refused because one that cannot be passed on while it arrives was larger than the worker's share of limits.memory_max";
    errors_backlog_full: Counter, "Requests that failed because a node's backlog was full";
    errors_pattern: Counter, "SCANs that failed because comparing keys with their pattern would have held up others";
    errors_crossslot: Counter, "Requests refused because their keys are in different slots";
    errors_unsupported: Counter, "Requests refused because corelane does not support the command";
    errors_unknown_command: Counter, "Requests refused because the command is unknown";
    errors_arity: Counter, "Requests refused because of their number of arguments";
    errors_auth: Counter, "Requests refused because the client is not authenticated or gave a wrong password";
    errors_noperm: Counter, "Requests refused because the user of the client may not send them";
    errors_workers_late: Counter, "Requests about the clients of all workers that failed because some worker did not answer in time";
    errors_subscribe: Counter, "Subscriptions that failed because no node confirmed them within cluster.server_timeout";
    errors_subscriptions_max: Counter, "Subscriptions refused because of limits.client_subscriptions_max, limits.subscriptions_max or the length of all names";
    errors_confined: Counter, "Requests refused because their client listens in RESP2";
    errors_protocol: Counter, "Requests refused because their bytes broke the protocol";

    scripts_loaded: Counter, "Scripts loaded in front of requests that name them, once per script and connection";
    scripts_healed: Counter, "Requests sent again with their script because the node did not know it";
    scripts_not_healed: Counter, "Requests that got NOSCRIPT although the script was known, because later ones of the slot were under way";
    scripts_untold: Counter, "New scripts that were not told to the other workers, because of their size or number";
    scripts_slow: Counter, "Connections for scripts left to a script that runs for long";
    script_cache_bytes: Gauge, "Bytes of scripts that are remembered, within limits.script_cache_bytes_max";

    links_opened: Counter, "Connections to nodes that became ready for requests";
    links_lost: Counter, "Connections to nodes that ended while they were wanted";
    links_failed: Counter, "Connections to nodes that never became ready";
    links_retired: Counter, "Connections to nodes taken out of use after a deadline or because their node left";
    links_left: Counter, "Connections to nodes left to a large reply that was under way on them, so that others need not wait for it";
    links_held: Counter, "Times that a connection to a node was not read until a client had taken more of a large reply";
    links_desync: Counter, "Connections to nodes closed because a reply did not fit what was asked";
    links_now: Gauge, "Connections to nodes that are open";
    links_private_now: Gauge, "Connections to nodes that clients have for themselves, or had a moment ago";
    pushes_dropped: Counter, "Push messages of nodes that no client waits for";

    tls_handshakes_clients: Counter, "TLS handshakes of clients that were done";
    tls_handshakes_clients_failed: Counter, "TLS handshakes of clients that were refused, broken off, or not done within tls.handshake_timeout";
    tls_handshakes_turns_cut: Counter, "Passes of the worker's loop that left TLS handshakes of clients to the next one, so that other clients need not wait";
    tls_handshakes_nodes: Counter, "TLS handshakes with nodes that were done";
    tls_handshakes_nodes_failed: Counter, "TLS handshakes with nodes that were not done";

    subscriptions_now: Gauge, "Subscriptions of clients: each channel or pattern counts once for each client";
    topics_now: Gauge, "Channels and patterns that are subscribed at nodes, whatever number of clients listens";
    messages: Counter, "Messages given to clients that listen, once for each client";
    resubscriptions: Counter, "Channels and patterns that had to be subscribed again after a lost connection or a moved slot, so that messages may have been missed";

    pauses_in_flight: Counter, "Pauses in reading a client because of limits.client_requests_in_flight_max";
    pauses_link: Counter, "Pauses in reading a client because of limits.link_requests_in_flight_max";
    pauses_output: Counter, "Pauses in reading a client because of limits.client_output_pause";
    pauses_expected_bytes: Counter, "Pauses in reading a client because of limits.client_expected_bytes_max";
    pauses_memory: Counter, "Pauses in reading clients because of limits.memory_max";
    buffer_bytes: Gauge, "Bytes held in buffers for clients and nodes, those of TLS sessions included";
    tls_buffer_bytes: Gauge, "Bytes of memory that the buffers of TLS sessions have";

    refresh_hints: Counter, "Wishes for a fresh topology that were sent to control";
    refresh_hints_dropped: Counter, "Wishes for a fresh topology that were dropped because the channel was full";
    slot_maps_applied: Counter, "Slot maps taken over from control";
    slot_maps_stale: Counter, "Slot maps ignored because they were older than the own one";

    standstills: Counter, "Times that a worker did not run for more than a tenth of a second, which counts in no deadline";
    standstill_milliseconds: Counter, "Milliseconds of standstills that count in no deadline";
    turns: Counter, "Passes of the worker's loop";
    turns_idle: Counter, "Passes of the worker's loop that found no socket ready";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::WorkerCounters;

    fn values(counters: &WorkerCounters) -> Vec<u64> {
        let mut values = Vec::new();
        counters.each(|_, _, _, value| values.push(value));
        values
    }

    #[test]
    fn names_are_unique_and_well_formed() {
        let mut seen = BTreeSet::new();
        WorkerCounters::default().each(|name, _, _, _| {
            assert!(seen.insert(name), "{name} is declared twice");
            let rest = name.strip_prefix("corelane_").unwrap();
            assert!(
                rest.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'),
                "{name}"
            );
            assert!(
                !rest.ends_with("_total"),
                "{name}: the text format adds _total"
            );
        });
    }

    #[test]
    fn every_number_has_its_own_help() {
        let mut seen = BTreeSet::new();
        WorkerCounters::default().each(|name, _, help, _| {
            assert!(help.len() > 10 && !help.ends_with('.'), "{name}: {help:?}");
            assert!(seen.insert(help), "{name}: same help as another");
        });
    }

    #[test]
    fn each_shows_the_field_of_that_name() {
        let counters = WorkerCounters {
            requests: 7,
            turns_idle: 9,
            clients_now: 2,
            ..WorkerCounters::default()
        };
        let mut shown = Vec::new();
        counters.each(|name, _, _, value| {
            if value != 0 {
                shown.push((name, value));
            }
        });
        let expected = [
            ("corelane_clients_now", 2),
            ("corelane_requests", 7),
            ("corelane_turns_idle", 9),
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn sum_adds_every_field() {
        let mut next = 0;
        let mut one = WorkerCounters::filled_with(|| {
            next += 1;
            next
        });
        let two = WorkerCounters::filled_with(|| {
            next += 10;
            next
        });
        let expected: Vec<u64> = values(&one)
            .iter()
            .zip(values(&two))
            .map(|(a, b)| a + b)
            .collect();
        assert!(expected.iter().all(|&sum| sum > 0));
        one += &two;
        assert_eq!(values(&one), expected);
        // As many bytes as numbers: no field is outside the list.
        assert_eq!(
            size_of::<WorkerCounters>(),
            expected.len() * size_of::<u64>()
        );
    }
}
