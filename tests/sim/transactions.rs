//! Transactions of model clients: what they send and what must come of it.

use crate::client::{Client, ClientState, Expects, TOO_LARGE, label, slot_of};
use crate::oracle::{Answer, Exec, Oracle, PartReq, Req};
use crate::requests::{Taste, a_key, arg, tag, text};
use crate::rng::Rng;
use crate::wire::{self, Args};

/// What makes a request a transaction.
#[derive(Debug)]
pub(crate) struct Transaction {
    /// What the node has to execute, in order.
    commands: Vec<Args>,
    /// Places in EXEC's reply of what corelane answers, and the answers.
    spliced: Vec<(usize, Vec<u8>)>,
    /// The key that names it among those it watches, if it does.
    watches: Option<Vec<u8>>,
    /// WATCH was answered with an error.
    watch_failed: bool,
    /// A node said that watched keys had changed.
    changed: bool,
}

/// How a transaction ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Exec,
    Discard,
    /// A command that does not exist, and then EXEC.
    Spoiled,
}

/// One transaction of a client, from WATCH to EXEC.
pub(crate) fn transaction(
    client: &mut Client,
    taste: &Taste,
    rng: &mut Rng,
    oracle: &mut Oracle,
    now: u64,
) {
    if client.state == ClientState::Leaving {
        return;
    }
    // What waits, at whatever node, between WATCH and MULTI.
    let wait = crate::waits::sometimes(client, taste, rng, oracle, now);
    let uid = oracle.next_uid();
    let tag = tag(taste, rng);
    let keys = [
        a_key(client, tag, 't', rng),
        a_key(client, tag, if taste.many_keys { 'l' } else { 't' }, rng),
    ];
    let watches = rng.chance(400).then(|| label(tag, uid));
    let end = *rng.pick(&[
        End::Exec,
        End::Exec,
        End::Exec,
        End::Exec,
        End::Discard,
        End::Spoiled,
    ]);
    let (commands, spliced, all) = commands(client, taste, rng, uid, tag, &keys);
    oracle.add(Req {
        uid,
        client: client.number,
        resp3: client.resp3,
        write: true,
        split: false,
        args: commands.concat(),
        parts: vec![PartReq::new(slot_of(tag), commands.concat())],
        answer: None,
        failed: false,
        dropped: end != End::Exec,
        transaction: Some(Transaction {
            commands,
            spliced,
            watches: watches.clone(),
            watch_failed: false,
            changed: false,
        }),
    });
    if let Some(label) = watches {
        let args = vec![arg("WATCH"), keys[0].clone(), label];
        client.send(&wire::request(&args), Expects::Watching(uid), now);
        if rng.chance(500) {
            let expects = Expects::Get {
                read: None,
                key: keys[0].clone(),
                resp3: client.resp3,
                since: oracle.executed,
            };
            client.send(&wire::request(&[arg("GET"), keys[0].clone()]), expects, now);
        }
    }
    if let Some((args, expects)) = wait {
        client.send(&wire::request(&args), expects, now);
    }
    let ok = || Expects::Exactly(b"+OK\r\n".to_vec());
    client.send(&wire::request(&[arg("MULTI")]), ok(), now);
    for args in all {
        client.send(&wire::request(&args), Expects::Queued(uid), now);
    }
    let (word, expects) = match end {
        End::Exec => ("EXEC", Expects::Request(uid)),
        End::Discard => ("DISCARD", ok()),
        End::Spoiled => {
            let unknown = Expects::Begins(b"-ERR unknown command 'NOSUCH'");
            client.send(&wire::request(&[arg("NOSUCH")]), unknown, now);
            ("EXEC", Expects::Begins(b"-EXECABORT Transaction discarded"))
        }
    };
    client.send(&wire::request(&[arg(word)]), expects, now);
}

/// What is sent, what corelane itself answers at which place, and what nodes execute.
type Script = (Vec<Args>, Vec<(usize, Vec<u8>)>, Vec<Args>);

/// Commands for the node, answers of corelane's own with their places, and all of them in order.
fn commands(
    client: &Client,
    taste: &Taste,
    rng: &mut Rng,
    uid: u64,
    tag: &str,
    keys: &[Vec<u8>; 2],
) -> Script {
    let (mut node, mut spliced, mut all) = (Vec::new(), Vec::new(), Vec::new());
    for at in 0..rng.range(1, 6) as usize {
        let one = keys[0].clone();
        let args = match rng.below(if at == 0 { 5 } else { 8 }) {
            0 | 1 => vec![arg("APPEND"), one, arg(format!("{uid},"))],
            2 => {
                let value = text(uid, &one, taste, rng);
                vec![arg("SET"), one, value]
            }
            3 => vec![arg("GETRANGE"), one, arg(0), arg(uid)],
            4 => vec![arg("DEL"), one, label(tag, uid)],
            5 if taste.many_keys => vec![arg("RPUSH"), keys[1].clone(), arg(uid)],
            6 => {
                spliced.push((at, wire::integer(client.number as i64)));
                all.push(vec![arg("CLIENT"), arg("ID")]);
                continue;
            }
            _ => vec![arg("ECHO"), arg(uid)],
        };
        node.push(args.clone());
        all.push(args);
    }
    (node, spliced, all)
}

// === impl Oracle ===

impl Oracle {
    /// WATCH was answered.
    pub(crate) fn note_watching(&mut self, uid: u64, reply: &[u8]) -> Result<(), String> {
        let (calm, is_ok) = (self.calm, reply == b"+OK\r\n");
        if !is_ok && (calm || !reply.starts_with(b"-")) {
            let reply = wire::show(reply);
            return Err(format!("WATCH of {uid} failed without a reason: {reply}"));
        }
        if let Some(transaction) = &mut self.get(uid)?.transaction {
            transaction.watch_failed = !is_ok;
        }
        Ok(())
    }

    /// A command after MULTI was answered.
    pub(crate) fn note_queued(&mut self, uid: u64, reply: &[u8]) -> Result<(), String> {
        if reply == b"+QUEUED\r\n" {
            return Ok(());
        }
        let is_too_large = reply.starts_with(b"-ERR corelane: the transaction is too large")
            || reply.starts_with(TOO_LARGE);
        if self.calm || !is_too_large {
            return Err(format!("{uid} was not queued: {}", wire::show(reply)));
        }
        self.get(uid)?.dropped = true;
        Ok(())
    }

    /// A node executed a transaction, or did not because of watched keys.
    pub(crate) fn note_transaction(
        &mut self,
        executed: &crate::multi::Executed,
        exec: Exec,
        resp3: bool,
    ) -> Result<(), String> {
        for (key, text) in &executed.texts {
            let version = (exec.order, text.clone());
            self.texts.entry(key.clone()).or_default().push(version);
            // Without a text it may be a list.
            let is_there = text.is_some().then_some(true);
            self.lives.note(key.clone(), exec.order, is_there);
        }
        let uid = executed.commands.first().and_then(crate::oracle::uid_of);
        let uid = uid.ok_or("a transaction that nobody asked for")?;
        let request = self.get(uid)?;
        let said = request.answer;
        if request.resp3 != resp3 {
            return Err(format!(
                "transaction {uid} went over a link of the other protocol"
            ));
        }
        if request.dropped || said == Some(Answer::Refused) {
            return Err(format!(
                "transaction {uid} reached a node after it was given up"
            ));
        }
        let Some(transaction) = &mut request.transaction else {
            return Err(format!("request {uid} became a transaction"));
        };
        if transaction.commands != executed.commands {
            return Err(format!(
                "transaction {uid} was changed: {:?}",
                executed.commands
            ));
        }
        let labels = executed
            .watched
            .iter()
            .filter(|key| crate::store::is_label(key));
        if labels.ne(&transaction.watches) {
            return Err(format!(
                "transaction {uid} was executed while {:?} were watched",
                executed.watched
            ));
        }
        if executed.is_null {
            transaction.changed = true;
            return Ok(());
        }
        let part = &mut request.parts[0];
        part.execs.push(exec);
        if part.execs.len() > 1 {
            return Err(format!("transaction {uid} was executed twice: {part:?}"));
        }
        self.seen.transactions += 1;
        Ok(())
    }
}

/// A client got an array or null from EXEC; true if that was null although no node said so.
pub(crate) fn fits_transaction(
    transaction: &Transaction,
    execs: &[Exec],
    reply: &[u8],
) -> Result<bool, String> {
    if is_null(reply) {
        if transaction.watches.is_none() || !execs.is_empty() {
            return Err("null, and it was executed or watched nothing".to_owned());
        }
        return Ok(!transaction.changed);
    }
    if transaction.watch_failed {
        return Err("it was executed although WATCH had failed".to_owned());
    }
    let mut elements = wire::elements(reply);
    for (at, answer) in transaction.spliced.iter().rev() {
        if *at >= elements.len() || elements.remove(*at) != answer {
            return Err(format!("element {at} is not corelane's own answer"));
        }
    }
    let said = |exec: &Exec| wire::elements(&exec.reply) == elements;
    if execs.iter().any(said) {
        Ok(false)
    } else {
        Err(format!(
            "no node said that: {execs:?}, own answers {:?}",
            transaction.spliced
        ))
    }
}

pub(crate) fn is_null(reply: &[u8]) -> bool {
    reply == b"*-1\r\n" || reply == b"_\r\n"
}
