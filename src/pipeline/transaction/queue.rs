//! Commands after MULTI: checked as a server would check them, and kept.

use super::super::slab::Key;
use super::super::special::may_write;
use super::super::{Pipeline, answers};
use super::splice::Spliced;
use super::{MULTI, Transaction};
use crate::cluster::Slot;
use crate::command::{Broadcast, Command, Local, Script, Step, To, Treatment, treatment};
use crate::resp::{RequestView, write};

/// What becomes of a command after MULTI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Queueing {
    /// It goes to the node, whose slot its keys decide.
    ByKey,
    /// It goes to the node, whichever that is.
    Anywhere,
    /// corelane answers it when the rest was executed.
    Spliced(Local),
    /// Not inside a transaction.
    Refused,
    /// It is not queued, but carried out now.
    Now,
}

/// Its channel has a slot as a key has.
const SPUBLISH: &str = "spublish";

/// Keys in two slots.
struct CrossSlot;

impl Pipeline {
    /// Queues a command of a client that has said MULTI; false if it is to be carried out now.
    pub(in crate::pipeline) fn queue(
        &mut self,
        key: Key,
        command: &'static Command,
        view: &RequestView<'_>,
    ) -> bool {
        if self.queueing(key).is_none() {
            return false;
        }
        let queueing = match queueing(command) {
            Queueing::Spliced(Local::Select) if self.may_change_database(key, view) => {
                Queueing::Refused
            }
            queueing => queueing,
        };
        match queueing {
            Queueing::Now => return false,
            Queueing::Refused => self.refuse_in_multi(key, command),
            Queueing::ByKey => match self.slot_in_multi(command, view) {
                Ok(slot) => self.keep(key, command, queueing, slot, view),
                Err(CrossSlot) => self.refuse_crossslot(key, command),
            },
            Queueing::Anywhere | Queueing::Spliced(_) => {
                self.keep(key, command, queueing, None, view);
            }
        }
        if let Some(client) = self.clients.get_mut(key) {
            client.last_command = command.name;
        }
        true
    }

    /// The slot of the keys of a command, if it has any.
    fn slot_in_multi(
        &mut self,
        command: &'static Command,
        view: &RequestView<'_>,
    ) -> Result<Option<Slot>, CrossSlot> {
        if command.name == SPUBLISH {
            return Ok(view.arg(1).map(Slot::of_key));
        }
        self.key_positions.clear();
        if command.keys(view, &mut self.key_positions).is_err() {
            // Servers refuse it, each in the same words.
            return Ok(None);
        }
        let keys = self.key_positions.iter();
        let mut slots = keys.filter_map(|at| view.arg(*at)).map(Slot::of_key);
        let Some(first) = slots.next() else {
            return Ok(None);
        };
        if slots.all(|slot| slot == first) {
            Ok(Some(first))
        } else {
            Err(CrossSlot)
        }
    }

    /// Keeps a command until EXEC and answers QUEUED.
    fn keep(
        &mut self,
        key: Key,
        command: &'static Command,
        queueing: Queueing,
        slot: Option<Slot>,
        view: &RequestView<'_>,
    ) {
        let max = self.config.limits.transaction_bytes_max;
        let Some(transaction) = self.queueing_mut(key) else {
            return;
        };
        if let (Some(before), Some(slot)) = (transaction.slot, slot)
            && before != slot
        {
            return self.refuse_crossslot(key, command);
        }
        if !transaction.spoiled {
            let cost = view.frame().len() + size_of::<Spliced>();
            if transaction.counted + cost > max {
                self.stats.counters.errors_transaction_full += 1;
                self.spoil_transaction(key);
                return self.answer_with(key, command, |out| {
                    write::error(out, &answers::transaction_full(max));
                });
            }
            transaction.slot = transaction.slot.or(slot);
            transaction.add(command, queueing, view.frame(), cost);
            self.held_bytes += cost;
        }
        self.answer_with(key, command, |out| write::simple(out, "QUEUED"));
    }

    fn refuse_crossslot(&mut self, key: Key, command: &'static Command) {
        self.stats.counters.errors_crossslot += 1;
        self.spoil_transaction(key);
        self.answer_with(key, command, |out| write::error(out, answers::CROSSSLOT));
    }

    fn refuse_in_multi(&mut self, key: Key, command: &'static Command) {
        self.stats.counters.errors_unsupported += 1;
        self.spoil_transaction(key);
        self.answer_with(key, command, |out| match treatment(command) {
            Treatment::Unsupported(why) => answers::unsupported(out, command.name, why),
            _ => answers::not_in_multi(out, command.name),
        });
    }
}

/// What becomes of a command after MULTI.
fn queueing(command: &Command) -> Queueing {
    match treatment(command) {
        // Inside a transaction nothing waits.
        Treatment::ByKey | Treatment::Split(_) | Treatment::Blocking => Queueing::ByKey,
        Treatment::Wait => Queueing::Anywhere,
        // The nodes pass messages on to each other.
        Treatment::ByChannel if command.name == SPUBLISH => Queueing::ByKey,
        Treatment::ByChannel => Queueing::Anywhere,
        Treatment::Scan => Queueing::Refused,
        Treatment::Transaction(Step::Unwatch) => Queueing::Anywhere,
        Treatment::Transaction(_) => Queueing::Now,
        Treatment::Local(local) => match local {
            Local::Quit | Local::Reset => Queueing::Now,
            // The node's own answer is as good, and in its place.
            Local::Ping | Local::Echo | Local::Time => Queueing::Anywhere,
            // What changes how bytes are understood or which links are used, and what asks other workers or nodes.
            Local::Hello
            | Local::Reply
            | Local::Monitor
            | Local::Clients
            | Local::Unblock
            | Local::Subscribe
            | Local::Unsubscribe
            | Local::PubSub => Queueing::Refused,
            Local::Client | Local::Cluster if asks_elsewhere(command.name) => Queueing::Refused,
            Local::Select
            | Local::Databases
            | Local::Auth
            | Local::Acl
            | Local::Client
            | Local::Mode
            | Local::Command
            | Local::Info
            | Local::Cluster
            | Local::Role
            | Local::Lolwut
            | Local::Help => Queueing::Spliced(local),
        },
        Treatment::Script(Script::Eval | Script::Evalsha | Script::Function) => Queueing::ByKey,
        Treatment::Script(Script::Load | Script::Flush) => Queueing::Refused,
        // Any node's answer is as good.
        Treatment::Broadcast(Broadcast { to: To::One, .. }) => Queueing::Anywhere,
        Treatment::Broadcast(_) | Treatment::Restricted(_) | Treatment::Unsupported(_) => {
            Queueing::Refused
        }
    }
}

/// Local commands that nodes are asked for.
fn asks_elsewhere(name: &str) -> bool {
    matches!(
        name,
        "client|tracking" | "cluster|countkeysinslot" | "cluster|getkeysinslot"
    )
}

// === impl Transaction ===

impl Transaction {
    fn add(&mut self, command: &'static Command, queueing: Queueing, frame: &[u8], cost: usize) {
        self.counted += cost;
        if let Queueing::Spliced(local) = queueing {
            self.spliced.push(Spliced {
                at: self.places(),
                command,
                local,
                frame: frame.into(),
            });
            return;
        }
        if self.batch.is_empty() {
            self.batch.extend_from_slice(MULTI);
        }
        self.batch.extend_from_slice(frame);
        self.forwarded += 1;
        self.writes |= may_write(command);
        self.runs_scripts |= matches!(treatment(command), Treatment::Script(_));
    }
}

#[cfg(test)]
mod tests {
    use super::{Queueing, queueing};
    use crate::command::{Local, describe};

    #[test]
    fn each_kind_of_command_has_its_way() {
        use Queueing::{Anywhere, ByKey, Now, Refused, Spliced};
        let rows: &[(Queueing, &str)] = &[
            (
                ByKey,
                "get set mget mset del blpop xread eval fcall spublish",
            ),
            (Anywhere, "ping echo time publish wait unwatch"),
            (
                Anywhere,
                "config|get function|list function|dump module|list acl|genpass ts.mget ft._list",
            ),
            (Spliced(Local::Lolwut), "lolwut"),
            (
                Spliced(Local::Client),
                "client|id client|setname client|getname",
            ),
            (Spliced(Local::Select), "select"),
            (Spliced(Local::Command), "command command|count"),
            (Spliced(Local::Info), "info"),
            (
                Refused,
                "hello monitor client|reply client|list client|tracking client|unblock",
            ),
            (
                Refused,
                "config|set debug cluster|countkeysinslot cluster|slot-stats script|load script|exists subscribe \
                 psync keys scan dbsize flushall sflush config|resetstat",
            ),
            (Now, "multi exec discard watch reset quit"),
        ];
        for (expected, names) in rows {
            for name in names.split(' ') {
                let command = describe::by_full_name(name.as_bytes()).expect(name);
                assert_eq!(queueing(command), *expected, "{name}");
            }
        }
    }
}
