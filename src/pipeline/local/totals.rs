//! Numbers of the whole process for INFO: those of this worker and what the others say of themselves.
//!
//! Who does not answer in time is left out, since INFO is what probes ask.

use super::super::Pipeline;
use super::super::client::Pause;
use super::super::inquiry::Asked;
use super::super::slab::Key;
use super::super::time::Time;
use super::info::names_section;
use crate::resp::{RequestView, int, write};

/// Numbers that INFO shows and that each worker has a share of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) clients: u64,
    pub(super) blocked: u64,
    pub(super) held_bytes: u64,
    pub(super) accepted: u64,
    pub(super) rejected: u64,
    pub(super) requests: u64,
    pub(super) input_bytes: u64,
    pub(super) output_bytes: u64,
}

/// How many numbers that are.
const NUMBERS: usize = 8;

// === impl Totals ===

impl Totals {
    fn fields(&mut self) -> [&mut u64; NUMBERS] {
        [
            &mut self.clients,
            &mut self.blocked,
            &mut self.held_bytes,
            &mut self.accepted,
            &mut self.rejected,
            &mut self.requests,
            &mut self.input_bytes,
            &mut self.output_bytes,
        ]
    }

    /// The numbers as one worker tells them to another.
    fn written(mut self) -> Box<[u8]> {
        let numbers = self.fields().map(|number| number.to_string());
        let mut out = Vec::new();
        write::array(&mut out, numbers.len());
        for number in numbers {
            write::bulk(&mut out, number.as_bytes());
        }
        out.into()
    }

    /// Adds what another worker has told.
    fn add(&mut self, told: &[u8]) {
        let told = RequestView::new(told);
        for (sum, number) in self.fields().into_iter().zip(told.args()) {
            let number = int::parse_i64(number).and_then(|number| u64::try_from(number).ok());
            *sum = sum.saturating_add(number.unwrap_or_default());
        }
    }
}

// === impl Pipeline ===

impl Pipeline {
    /// The numbers that INFO shows; nothing if other workers are still to tell theirs.
    pub(super) fn totals(&mut self, key: Key, view: &RequestView<'_>, now: Time) -> Option<Totals> {
        let mut totals = self.own_totals();
        if !wants_totals(view) {
            return Some(totals);
        }
        match self.ask_others(key, view, now) {
            Asked::Waiting => return None,
            Asked::Answered(others) => others.iter().for_each(|told| totals.add(told)),
            Asked::Late | Asked::Crowded => totals.clients += self.clients_elsewhere as u64,
        }
        Some(totals)
    }

    /// This worker's share.
    pub(super) fn own_totals(&self) -> Totals {
        let counters = &self.stats.counters;
        // A pause of all clients keeps them waiting as a server does.
        let told = self.clients.iter();
        let told = told.filter(|(_, client)| client.paused == Some(Pause::Told));
        Totals {
            clients: self.clients.len() as u64,
            blocked: (self.waiting_clients + told.count()) as u64,
            held_bytes: self.held_bytes as u64,
            accepted: counters.clients_accepted,
            rejected: counters.clients_rejected,
            requests: counters.requests,
            input_bytes: counters.bytes_from_clients,
            output_bytes: counters.bytes_to_clients,
        }
    }

    /// Another worker asks for this one's share.
    pub(super) fn totals_share(&self) -> Box<[u8]> {
        self.own_totals().written()
    }
}

/// If INFO is to show any of these numbers.
fn wants_totals(view: &RequestView<'_>) -> bool {
    let sections = ["clients", "memory", "stats", "default", "all", "everything"];
    view.len_args() == 1 || sections.iter().any(|name| names_section(view, name))
}

#[cfg(test)]
mod tests {
    use super::Totals;

    #[test]
    fn what_is_told_is_added() {
        let told = Totals {
            clients: 1,
            blocked: 2,
            held_bytes: 3,
            accepted: 4,
            rejected: 5,
            requests: 6,
            input_bytes: 7,
            output_bytes: 8,
        };
        let mut sum = told;
        sum.add(&told.written());
        sum.add(b"*1\r\n$1\r\nx\r\n");
        let mut expected = told;
        for number in expected.fields() {
            *number *= 2;
        }
        assert_eq!(sum, expected);
    }
}
