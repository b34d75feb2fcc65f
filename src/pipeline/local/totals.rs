//! Numbers of the whole process for INFO: those of this worker and what the others say of themselves.
//!
//! Who does not answer in time is left out, since INFO is what probes ask. CONFIG RESETSTAT makes what is counted begin
//! anew, as a server does; the counters of [`metrics`](crate::metrics) go on, since metrics may not fall.

use std::time::Duration;

use super::super::client::Pause;
use super::super::ingest::Taken;
use super::super::inquiry::Asked;
use super::super::slab::Key;
use super::super::time::Time;
use super::super::{Pipeline, answers};
use super::info::names_section;
use crate::command::Command;
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

/// What INFO needs beside what there is and was counted.
#[derive(Debug, Default)]
pub(in crate::pipeline) struct Usage {
    /// Time that the process has had from the processor, in user and in kernel mode.
    pub(in crate::pipeline) cpu: [Duration; 2],
    /// What was counted when CONFIG RESETSTAT made INFO begin anew.
    base: Totals,
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

    /// What is counted, and not how much there is of something.
    fn counts(&mut self) -> [&mut u64; 5] {
        [
            &mut self.accepted,
            &mut self.rejected,
            &mut self.requests,
            &mut self.input_bytes,
            &mut self.output_bytes,
        ]
    }

    /// What was counted since.
    fn since(mut self, mut base: Self) -> Self {
        for (now, then) in self.counts().into_iter().zip(base.counts()) {
            *now = now.saturating_sub(*then);
        }
        self
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
        self.all_totals().since(self.usage.base)
    }

    fn all_totals(&self) -> Totals {
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

    /// What all workers count for INFO begins anew.
    ///
    /// # Errors
    ///
    /// What becomes of the request if the other workers are still to be told, or cannot be.
    pub(in crate::pipeline) fn reset_totals(
        &mut self,
        key: Key,
        command: &'static Command,
        view: &RequestView<'_>,
        now: Time,
    ) -> Result<(), Taken> {
        if self.has_pending(key) {
            return Err(Taken::Later(Pause::Barrier));
        }
        let text = match self.ask_others(key, view, now) {
            Asked::Waiting => return Err(Taken::Later(Pause::Workers)),
            Asked::Late => answers::WORKERS_LATE,
            Asked::Crowded => answers::WORKERS_CROWDED,
            Asked::Answered(_) => {
                self.forget_totals();
                return Ok(());
            }
        };
        self.answer_with(key, command, |out| write::error(out, text));
        Err(Taken::Yes)
    }

    /// What this worker counts for INFO begins anew.
    pub(super) fn forget_totals(&mut self) {
        self.usage.base = self.all_totals();
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
    fn what_is_counted_begins_anew_and_what_there_is_stays() {
        let mut totals = Totals {
            clients: 3,
            held_bytes: 5,
            requests: 10,
            output_bytes: 7,
            ..Totals::default()
        };
        let base = totals;
        totals.requests += 2;
        let expected = Totals {
            clients: 3,
            held_bytes: 5,
            requests: 2,
            ..Totals::default()
        };
        assert_eq!(totals.since(base), expected);
    }

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
