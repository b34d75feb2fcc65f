//! What must hold, for every request of every client, whatever went wrong on the way.
//!
//! Every request carries its number (in a value, an option or a label key), so that what a node executes is
//! known by name, and every reply is compared byte by byte with what a node said to that very request.

use std::collections::BTreeMap;
use std::fmt;

use corelane::cluster::Slot;

use crate::everywhere::Registry;
use crate::rights;
use crate::seen::Seen;
use crate::store::{self, Store};
use crate::trackers::Caches;
use crate::transactions::{Transaction, fits_transaction, is_null};
use crate::waits;
use crate::walks::Lives;
use crate::wire::{self, Args};

/// Numbers of requests start here, so that they are longer than any value.
pub(crate) const FIRST_UID: u64 = 1_000_000;

/// A request with keys.
#[derive(Debug)]
pub(crate) struct Req {
    pub(crate) uid: u64,
    pub(crate) client: u64,
    pub(crate) resp3: bool,
    pub(crate) write: bool,
    pub(crate) split: bool,
    pub(crate) args: Args,
    pub(crate) parts: Vec<PartReq>,
    pub(crate) answer: Option<Answer>,
    /// The answer is an error; of a split request it tells of one part only.
    pub(crate) failed: bool,
    /// It stands behind a QUIT, or was discarded, and must never be executed.
    pub(crate) dropped: bool,
    /// What is said of transactions alone.
    pub(crate) transaction: Option<Transaction>,
}

/// What one node has to do of a request.
pub(crate) struct PartReq {
    pub(crate) slot: Slot,
    pub(crate) args: Args,
    pub(crate) execs: Vec<Exec>,
    refusals: Vec<Refused>,
}

/// One execution.
pub(crate) struct Exec {
    pub(crate) order: u64,
    /// On which connection, and where its bytes began there.
    pub(crate) conn: u64,
    pub(crate) start: u64,
    pub(crate) reply: Vec<u8>,
}

/// A refusal that the proxy has received: later requests whose bytes began before `written` on that
/// connection could not be recalled any more.
#[derive(Debug)]
struct Refused {
    conn: u64,
    written: u64,
}

/// What the client was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// What a node said.
    Value,
    /// It may have been executed or not.
    Unknown,
    /// A read was not answered in time.
    TimedOut,
    /// It was not executed.
    Refused,
}

/// What a key held after so many executions.
pub(crate) type Version = (u64, Option<Vec<u8>>);

#[derive(Debug, Default)]
pub(crate) struct Oracle {
    pub(crate) requests: Vec<Req>,
    pub(crate) executed: u64,
    /// Texts that each key had, with the order from which on.
    pub(crate) texts: BTreeMap<Vec<u8>, Vec<Version>>,
    pub(crate) lives: Lives,
    pub(crate) denied: rights::Refused,
    pub(crate) caches: Caches,
    pub(crate) seen: Seen,
    pub(crate) everywhere: Registry,
    /// No setting sends reads to replicas, so that they keep their order with writes.
    pub(crate) reads_ordered: bool,
    /// Nothing fails for good, so that every request must succeed.
    pub(crate) calm: bool,
    /// Somebody ends waits before their time.
    pub(crate) unblocks: bool,
}

/// The number that a request carries.
pub(crate) fn uid_of(args: &Args) -> Option<u64> {
    let digits = |text: &[u8]| -> Option<u64> {
        let len = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        std::str::from_utf8(&text[..len]).ok()?.parse().ok()
    };
    match args[0].as_slice() {
        b"SET" | b"APPEND" | b"INCRBY" | b"RPUSH" | b"MSET" => digits(args.get(2)?),
        b"GETRANGE" | b"LRANGE" => digits(args.get(3)?),
        _ => {
            let label = args.iter().find(|arg| store::is_label(arg))?;
            digits(label.rsplit(|byte| *byte == b':').next()?)
        }
    }
}

/// How a part of one key may also be written: as the command for one key.
fn one_key_form(args: &Args, is_part: bool) -> Option<Args> {
    let name: &[u8] = match (args[0].as_slice(), args.len()) {
        (b"MGET", 2) if is_part => b"GET",
        (b"MSET", 3) if is_part => b"SET",
        _ => return None,
    };
    let rest = args[1..].iter().cloned();
    Some(std::iter::once(name.to_vec()).chain(rest).collect())
}

// === impl PartReq ===

impl fmt::Debug for PartReq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let args = wire::show(&wire::request(&self.args));
        write!(
            f,
            "{args} executed {:?}, refused {:?}",
            self.execs, self.refusals
        )
    }
}

impl fmt::Debug for Exec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reply = wire::show(&self.reply);
        write!(
            f,
            "{}th on {} at {}: {reply}",
            self.order, self.conn, self.start
        )
    }
}

impl PartReq {
    pub(crate) fn new(slot: Slot, args: Args) -> Self {
        Self {
            slot,
            args,
            execs: Vec::new(),
            refusals: Vec::new(),
        }
    }
}

// === impl Oracle ===

impl Oracle {
    /// Number of the next request.
    pub(crate) fn next_uid(&self) -> u64 {
        FIRST_UID + self.requests.len() as u64
    }

    pub(crate) fn add(&mut self, request: Req) {
        assert_eq!(request.uid, self.next_uid());
        self.seen.requests += 1;
        self.seen.splits += u64::from(request.split);
        self.requests.push(request);
    }

    pub(crate) fn get(&mut self, uid: u64) -> Result<&mut Req, String> {
        let index = uid
            .checked_sub(FIRST_UID)
            .ok_or("a number that no request has")? as usize;
        self.requests
            .get_mut(index)
            .ok_or_else(|| format!("request {uid} was never made"))
    }

    fn part(&mut self, uid: u64, slot: Slot) -> Result<&mut PartReq, String> {
        let request = self.get(uid)?;
        let found = request.parts.iter_mut().find(|part| part.slot == slot);
        found.ok_or_else(|| format!("request {uid} has no part in slot {}", slot.number()))
    }

    /// A node executed a request; `after` is the keyspace afterwards.
    pub(crate) fn note_executed(
        &mut self,
        args: &Args,
        exec: Exec,
        resp3: bool,
        after: &Store,
    ) -> Result<(), String> {
        if store::is_write(args) {
            self.note_lives(args, exec.order, after);
            for key in store::keys(args) {
                let text = after.text(&key).cloned();
                self.texts.entry(key).or_default().push((exec.order, text));
            }
        }
        let Some(uid) = uid_of(args) else {
            return Ok(());
        };
        let slot = Slot::of_key(&store::keys(args)[0]);
        let request = self.get(uid)?;
        let (write, answer) = (request.write, request.answer);
        let request_splits = request.split;
        if request.resp3 != resp3 {
            return Err(format!(
                "request {uid} went over a link of the other protocol"
            ));
        }
        if request.dropped {
            return Err(format!("request {uid} behind a QUIT was executed"));
        }
        if answer == Some(Answer::Refused) && write && !request.split {
            return Err(format!(
                "request {uid} was executed after its client was told that it is not"
            ));
        }
        let part = self.part(uid, slot)?;
        let is_same = part.args == *args
            || one_key_form(&part.args, request_splits).as_ref() == Some(args)
            || waits::is_renewed(&part.args, args);
        if !is_same {
            return Err(format!(
                "request {uid} was changed on the way: {}",
                wire::show(&wire::request(args))
            ));
        }
        part.execs.push(exec);
        if write && part.execs.len() > 1 {
            return Err(format!(
                "write {uid} was executed {} times: {:?}",
                part.execs.len(),
                part.execs
            ));
        }
        Ok(())
    }

    /// The proxy received a refusal of a request on a connection on which it had written so much.
    pub(crate) fn note_refused(
        &mut self,
        uid: u64,
        slot: Slot,
        conn: u64,
        written: u64,
    ) -> Result<(), String> {
        self.part(uid, slot)?
            .refusals
            .push(Refused { conn, written });
        Ok(())
    }

    /// A client got `reply` to request `uid`.
    pub(crate) fn note_reply(&mut self, uid: u64, reply: &[u8]) -> Result<(), String> {
        let (calm, unblocks) = (self.calm, self.unblocks);
        let request = self.get(uid)?;
        if request.answer.is_some() {
            return Err(format!("a second reply to request {uid}"));
        }
        let is_null = request.transaction.is_some() && is_null(reply);
        // Null says that nothing was executed.
        let answer = if is_null {
            Answer::Refused
        } else {
            classify(reply)
        };
        request.answer = Some(answer);
        request.failed = reply.starts_with(b"-");
        // What is passed on while it arrives cannot follow a slot that moves at that moment, as documented.
        let is_cut = reply.starts_with(b"-TRYAGAIN corelane: ");
        if calm && answer != Answer::Value && !is_null && !is_cut {
            let reply = wire::show(reply);
            return Err(format!("request {uid} failed without a reason: {reply}"));
        }
        let mut is_unwatched = false;
        let is_unblocked = unblocks && waits::is_unblocked(request, reply);
        let fits = match answer {
            Answer::Value if is_unblocked => Ok(()),
            Answer::Value | Answer::Refused
                if let Some(transaction) = &request.transaction
                    && !request.failed =>
            {
                let execs = &request.parts[0].execs;
                fits_transaction(transaction, execs, reply).map(|unwatched| {
                    is_unwatched = unwatched;
                })
            }
            Answer::Value if request.split => fits_split(request, reply),
            Answer::Value => fits_whole(request, reply),
            Answer::TimedOut if request.write => {
                Err("a write timed out without a word on its outcome".to_owned())
            }
            Answer::Refused => fits_refused(request),
            Answer::TimedOut | Answer::Unknown => Ok(()),
        };
        let args = wire::show(&wire::request(&request.args));
        self.seen.unwatched += u64::from(is_unwatched);
        match answer {
            Answer::Value => self.seen.values += 1,
            Answer::Unknown => self.seen.unknown += 1,
            Answer::TimedOut => self.seen.timed_out += 1,
            Answer::Refused => self.seen.refused += 1,
        }
        fits.map_err(|why| format!("request {uid} {args} got {}: {why}", wire::show(reply)))
    }

    /// A client got `reply` to a GET that carries no number and was sent when `since` had been executed.
    pub(crate) fn check_get(
        &self,
        key: &[u8],
        resp3: bool,
        since: u64,
        reply: &[u8],
    ) -> Result<(), String> {
        if classify(reply) != Answer::Value {
            return Ok(());
        }
        let fits = |text: &Option<Vec<u8>>| match text {
            Some(text) => wire::bulk(text) == reply,
            None => wire::nil(resp3) == reply || reply.starts_with(b"-WRONGTYPE"),
        };
        if self.texts_since(key, since).any(fits) {
            return Ok(());
        }
        Err(format!(
            "GET {} gave {}, which it was not meanwhile",
            wire::show(key),
            wire::show(reply)
        ))
    }

    /// What a key was when so many had been executed, and all that it became later.
    pub(crate) fn texts_since(
        &self,
        key: &[u8],
        since: u64,
    ) -> impl Iterator<Item = &Option<Vec<u8>>> {
        let texts = self
            .texts
            .get(key)
            .map_or(&[][..], |texts| texts.as_slice());
        let outdated = texts.partition_point(|(from, _)| *from <= since);
        let first = match outdated.checked_sub(1) {
            Some(at) => &texts[at].1,
            None => &None,
        };
        std::iter::once(first).chain(texts[outdated..].iter().map(|(_, text)| text))
    }

    /// What can be said only when everything is over.
    pub(crate) fn check_end(&mut self) -> Result<(), String> {
        for request in &self.requests {
            let executed: usize = request.parts.iter().map(|part| part.execs.len()).sum();
            if request.answer == Some(Answer::Refused) && request.write {
                let whole = request.parts.iter().all(|part| !part.execs.is_empty());
                if whole {
                    return Err(format!(
                        "request {} was refused and still executed",
                        request.uid
                    ));
                }
            }
            if request.dropped && executed > 0 {
                return Err(format!(
                    "request {} behind a QUIT, or discarded, was executed",
                    request.uid
                ));
            }
        }
        self.seen.everywhere = self.everywhere.values;
        self.seen.not_everywhere = self.everywhere.errors;
        self.check_order()
    }

    /// Program order: per client and slot, what is executed later was asked later.
    fn check_order(&mut self) -> Result<(), String> {
        let mut lanes: BTreeMap<(u64, u16), Vec<(&Req, &PartReq)>> = BTreeMap::new();
        for request in &self.requests {
            for part in &request.parts {
                lanes
                    .entry((request.client, part.slot.number()))
                    .or_default()
                    .push((request, part));
            }
        }
        let mut seen = self.seen.clone();
        for lane in lanes.values() {
            for (at, later) in lane.iter().enumerate() {
                for earlier in &lane[..at] {
                    let reads = !earlier.0.write || !later.0.write;
                    if (earlier.0.write || later.0.write) && (self.reads_ordered || !reads) {
                        seen.pairs += 1;
                        check_pair(*earlier, *later, &mut seen)?;
                    }
                }
            }
        }
        self.seen = seen;
        Ok(())
    }
}

/// Two parts of one client and slot in program order: were they executed in it?
fn check_pair(
    earlier: (&Req, &PartReq),
    later: (&Req, &PartReq),
    seen: &mut Seen,
) -> Result<(), String> {
    // The execution that counts: of a read that was retried, the first of the earlier and the last of the
    // later one, because which of them was delivered is not known.
    let (Some(first), Some(second)) = (earlier.1.execs.first(), later.1.execs.last()) else {
        return Ok(());
    };
    if first.order < second.order {
        return Ok(());
    }
    let was_written =
        |refused: &Refused| refused.conn == second.conn && second.start < refused.written;
    if earlier.1.refusals.iter().any(was_written) {
        seen.not_recalled += 1;
        return Ok(());
    }
    let given_up = match earlier.0.answer {
        None | Some(Answer::Unknown | Answer::TimedOut) => true,
        // A read that was lost and then found no node: the one that got it first may still carry it out.
        Some(Answer::Refused) if !earlier.0.write => true,
        Some(Answer::Value | Answer::Refused) => earlier.0.split && earlier.0.failed,
    };
    // A read that was lost together with a later write, and was asked again.
    let lost = matches!(later.0.answer, None | Some(Answer::Unknown));
    let lost_together = !earlier.0.write && (lost || (later.0.split && later.0.failed));
    if given_up || lost_together {
        seen.given_up += 1;
        return Ok(());
    }
    Err(format!(
        "request {} {:?} was executed (order {}) after request {} {:?} (order {}), in slot {}",
        earlier.0.uid,
        earlier.1,
        first.order,
        later.0.uid,
        later.1,
        second.order,
        later.1.slot.number()
    ))
}

/// What a reply says about the fate of its request.
pub(crate) fn classify(reply: &[u8]) -> Answer {
    let is = |text: &str| reply.starts_with(text.as_bytes());
    let says = |text: &str| {
        reply
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    if is("-ERR corelane: ") && says("outcome of this command is unknown") {
        Answer::Unknown
    } else if is("-ERR corelane: timeout") {
        Answer::TimedOut
    } else if is("-ERR corelane: ")
        || is("-CLUSTERDOWN")
        || is("-TRYAGAIN")
        || is("-LOADING")
        || is("-READONLY")
        || is("-MASTERDOWN")
        || is("-UNBLOCKED force")
        || is("-EXECABORT")
    {
        Answer::Refused
    } else {
        Answer::Value
    }
}

fn fits_whole(request: &Req, reply: &[u8]) -> Result<(), String> {
    let part = &request.parts[0];
    if part.execs.iter().any(|exec| exec.reply == reply) {
        return Ok(());
    }
    Err(format!("no node said that; executions {:?}", part.execs))
}

fn fits_refused(request: &Req) -> Result<(), String> {
    if request.write && request.parts.iter().all(|part| !part.execs.is_empty()) {
        return Err("it was executed".to_owned());
    }
    Ok(())
}

/// The reply of a split request is the naive fold of what nodes said to its parts.
fn fits_split(request: &Req, reply: &[u8]) -> Result<(), String> {
    let is_error = |exec: &&Exec| exec.reply.starts_with(b"-");
    if reply.starts_with(b"-") {
        let said = |part: &PartReq| part.execs.iter().any(|exec| exec.reply == reply);
        return if request.parts.iter().any(said) {
            Ok(())
        } else {
            Err("no node said that".to_owned())
        };
    }
    for part in &request.parts {
        if part.execs.iter().filter(|exec| !is_error(exec)).count() == 0 {
            return Err(format!(
                "the part in slot {} did not succeed: {:?}",
                part.slot.number(),
                part.execs
            ));
        }
    }
    match request.args[0].as_slice() {
        b"MSET" if reply == b"+OK\r\n" => Ok(()),
        b"MSET" => Err("MSET gives OK".to_owned()),
        b"MGET" => fits_mget(request, reply),
        _ => {
            let mut sums = vec![0i64];
            for part in &request.parts {
                let counts: Vec<i64> = part
                    .execs
                    .iter()
                    .filter_map(|exec| count_in(&exec.reply))
                    .collect();
                sums = sums
                    .iter()
                    .flat_map(|sum| counts.iter().map(move |count| sum + count))
                    .collect();
            }
            let fits = count_in(reply).is_some_and(|count| sums.contains(&count));
            if fits {
                Ok(())
            } else {
                Err(format!("parts add up to {sums:?}"))
            }
        }
    }
}

fn count_in(reply: &[u8]) -> Option<i64> {
    std::str::from_utf8(reply.strip_prefix(b":")?.strip_suffix(b"\r\n")?)
        .ok()?
        .parse()
        .ok()
}

fn fits_mget(request: &Req, reply: &[u8]) -> Result<(), String> {
    let elements = wire::elements(reply);
    let keys = &request.args[1..];
    if elements.len() != keys.len() {
        let (got, asked) = (elements.len(), keys.len());
        return Err(format!("{got} elements for {asked} keys"));
    }
    let mut taken: BTreeMap<Slot, usize> = BTreeMap::new();
    for (key, element) in keys.iter().zip(elements) {
        let slot = Slot::of_key(key);
        let nth = taken.entry(slot).or_default();
        let part = request
            .parts
            .iter()
            .find(|part| part.slot == slot)
            .expect("a part for each slot");
        let said = |exec: &Exec| match exec.reply.first() {
            Some(b'*') => wire::elements(&exec.reply).get(*nth) == Some(&element),
            _ => exec.reply == element,
        };
        if !part.execs.iter().any(said) {
            return Err(format!(
                "no node said {} for {}",
                wire::show(element),
                wire::show(key)
            ));
        }
        *nth += 1;
    }
    Ok(())
}
