//! Requests to all shards: what each of them did, and what their clients may be told.
//!
//! KEYS stands for questions: each shard answers with its own name. FLUSHALL stands for orders; in the model it
//! deletes nothing, so that it disturbs no other promise.

use crate::oracle::{Answer, classify};
use crate::wire::{self, Args};

/// Numbers of these requests start here, so that no other request has one.
const FIRST: u64 = 9_000_000;

/// One request to all shards.
#[derive(Debug)]
struct Everywhere {
    is_order: bool,
    /// How often each shard did it, and if its client has an answer.
    times: Vec<u32>,
    answered: bool,
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    requests: Vec<Everywhere>,
    /// How many got what all shards said, and how many an error.
    pub(crate) values: u64,
    pub(crate) errors: u64,
}

/// If a request is for all shards.
pub(crate) fn is_meant(args: &Args) -> bool {
    matches!(args[0].as_slice(), b"KEYS" | b"FLUSHALL")
}

/// What a shard answers.
pub(crate) fn reply_of(shard: usize, args: &Args) -> Vec<u8> {
    match args[0].as_slice() {
        b"KEYS" => wire::array(&[wire::bulk(name(shard, number(args)).as_bytes())]),
        _ => b"+OK\r\n".to_vec(),
    }
}

fn name(shard: usize, number: u64) -> String {
    format!("{number} at {shard}")
}

fn number(args: &Args) -> u64 {
    let text = std::str::from_utf8(&args[1]).unwrap_or_default();
    text.parse().unwrap_or_default()
}

// === impl Registry ===

impl Registry {
    /// A new request, and its number.
    pub(crate) fn add(&mut self, is_order: bool, shards: usize) -> (u64, Args) {
        let number = FIRST + self.requests.len() as u64;
        self.requests.push(Everywhere {
            is_order,
            times: vec![0; shards],
            answered: false,
        });
        let word = if is_order { "FLUSHALL" } else { "KEYS" };
        let args = vec![word.as_bytes().to_vec(), number.to_string().into_bytes()];
        (number, args)
    }

    fn find(&mut self, number: u64) -> Result<&mut Everywhere, String> {
        let index = number.checked_sub(FIRST).map(|index| index as usize);
        let found = index.and_then(|index| self.requests.get_mut(index));
        found.ok_or_else(|| format!("request {number} to all shards was never made"))
    }

    /// A node of a shard carries a request out.
    pub(crate) fn note_executed(&mut self, shard: usize, args: &Args) -> Result<(), String> {
        let number = number(args);
        let request = self.find(number)?;
        request.times[shard] += 1;
        if request.is_order && request.times[shard] > 1 {
            return Err(format!(
                "order {number} was carried out twice in shard {shard}"
            ));
        }
        Ok(())
    }

    /// A client got this reply.
    pub(crate) fn note_reply(
        &mut self,
        number: u64,
        calm: bool,
        reply: &[u8],
    ) -> Result<(), String> {
        let request = self.find(number)?;
        let said = wire::show(reply);
        if std::mem::replace(&mut request.answered, true) {
            return Err(format!("a second reply to request {number}"));
        }
        let answer = classify(reply);
        let everywhere = request.times.iter().all(|times| *times > 0);
        let fits = match answer {
            Answer::Value if reply.starts_with(b"-OOM ") => request.is_order,
            Answer::Value if request.is_order => everywhere && reply == b"+OK\r\n",
            Answer::Value => {
                let mut told: Vec<&[u8]> = wire::elements(reply);
                told.sort_unstable();
                let mut names: Vec<Vec<u8>> = (0..request.times.len())
                    .map(|shard| wire::bulk(name(shard, number).as_bytes()))
                    .collect();
                names.sort_unstable();
                everywhere && told == names
            }
            Answer::Refused => !(calm || request.is_order && everywhere),
            Answer::TimedOut => !calm && !request.is_order,
            Answer::Unknown => !calm && request.is_order,
        };
        let times = format!("{:?}", request.times);
        if answer == Answer::Value {
            self.values += 1;
        } else {
            self.errors += 1;
        }
        if fits {
            return Ok(());
        }
        Err(format!(
            "request {number} to all shards, done {times}, got {said}"
        ))
    }
}
