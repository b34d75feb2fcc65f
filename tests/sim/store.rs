//! Keys and values of one shard, and the commands that clients of the model use.

use std::collections::BTreeMap;

use corelane::cluster::Slot;

use crate::wire::{self, Args};

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Text(Vec<u8>),
    List(Vec<Vec<u8>>),
}

/// The keyspace of one shard.
#[derive(Debug, Default)]
pub(crate) struct Store {
    keys: BTreeMap<Vec<u8>, Value>,
    /// How often each key was written.
    changes: BTreeMap<Vec<u8>, u64>,
}

const WRONG_TYPE: &str = "WRONGTYPE Operation against a key holding the wrong kind of value";
const NOT_INTEGER: &str = "ERR value is not an integer or out of range";

/// A key that only labels a request: it never exists, and no migration misses it.
pub(crate) fn is_label(key: &[u8]) -> bool {
    key.windows(4).any(|four| four == b":id:")
}

pub(crate) fn is_write(args: &Args) -> bool {
    !matches!(
        args[0].as_slice(),
        b"GET"
            | b"GETRANGE"
            | b"LRANGE"
            | b"MGET"
            | b"EXISTS"
            | b"TOUCH"
            | b"STRLEN"
            | b"KEYS"
            | b"TYPE"
            | b"WATCH"
    )
}

pub(crate) fn keys(args: &Args) -> Vec<Vec<u8>> {
    match args[0].as_slice() {
        b"MGET" | b"DEL" | b"UNLINK" | b"EXISTS" | b"TOUCH" | b"WATCH" => args[1..].to_vec(),
        b"MSET" => args[1..].iter().step_by(2).cloned().collect(),
        _ => vec![args[1].clone()],
    }
}

// === impl Store ===

impl Store {
    pub(crate) fn contains(&self, key: &[u8]) -> bool {
        self.keys.contains_key(key)
    }

    pub(crate) fn keys_of(&self, slot: Slot) -> Vec<Vec<u8>> {
        self.keys
            .keys()
            .filter(|key| Slot::of_key(key) == slot)
            .cloned()
            .collect()
    }

    /// How often a key was written so far, migrations included.
    pub(crate) fn changes(&self, key: &[u8]) -> u64 {
        self.changes.get(key).copied().unwrap_or_default()
    }

    fn note_change(&mut self, key: Vec<u8>) {
        *self.changes.entry(key).or_default() += 1;
    }

    pub(crate) fn take(&mut self, key: &[u8]) -> Option<Value> {
        self.note_change(key.to_vec());
        self.keys.remove(key)
    }

    pub(crate) fn put(&mut self, key: Vec<u8>, value: Value) {
        self.note_change(key.clone());
        self.keys.insert(key, value);
    }

    /// Takes the first element of a list.
    pub(crate) fn pop(&mut self, key: &[u8]) -> Option<Vec<u8>> {
        let Some(Value::List(list)) = self.keys.get_mut(key) else {
            return None;
        };
        let element = list.remove(0);
        if list.is_empty() {
            self.keys.remove(key);
        }
        Some(element)
    }

    /// Text at `key`, if any.
    pub(crate) fn text(&self, key: &[u8]) -> Option<&Vec<u8>> {
        match self.keys.get(key) {
            Some(Value::Text(text)) => Some(text),
            Some(Value::List(_)) | None => None,
        }
    }

    pub(crate) fn execute(&mut self, args: &Args, resp3: bool) -> Vec<u8> {
        if is_write(args) {
            keys(args).into_iter().for_each(|key| self.note_change(key));
        }
        match args[0].as_slice() {
            b"MGET" => {
                let values = args[1..].iter().map(|key| self.show(key, resp3));
                wire::array(&values.collect::<Vec<_>>())
            }
            b"MSET" => {
                for pair in args[1..].chunks(2) {
                    self.keys
                        .insert(pair[0].clone(), Value::Text(pair[1].clone()));
                }
                b"+OK\r\n".to_vec()
            }
            b"EXISTS" | b"TOUCH" => {
                let there = args[1..].iter().filter(|key| self.contains(key)).count();
                wire::integer(there as i64)
            }
            b"DEL" | b"UNLINK" => {
                let gone = args[1..]
                    .iter()
                    .filter(|key| self.keys.remove(*key).is_some())
                    .count();
                wire::integer(gone as i64)
            }
            _ => self.execute_single(args, resp3).unwrap_or_else(wire::error),
        }
    }

    fn show(&self, key: &[u8], resp3: bool) -> Vec<u8> {
        self.text(key)
            .map_or_else(|| wire::nil(resp3), |text| wire::bulk(text))
    }

    fn execute_single(&mut self, args: &Args, resp3: bool) -> Result<Vec<u8>, &'static str> {
        let key = &args[1];
        let reply = match args[0].as_slice() {
            b"SET" => {
                self.keys.insert(key.clone(), Value::Text(args[2].clone()));
                b"+OK\r\n".to_vec()
            }
            b"GET" => {
                self.text_mut(key)?;
                self.show(key, resp3)
            }
            b"TYPE" => match self.keys.get(key) {
                Some(Value::Text(_)) => b"+string\r\n".to_vec(),
                Some(Value::List(_)) => b"+list\r\n".to_vec(),
                None => b"+none\r\n".to_vec(),
            },
            b"STRLEN" => wire::integer(self.text_mut(key)?.map_or(0, |text| text.len()) as i64),
            b"GETRANGE" => wire::bulk(self.text_mut(key)?.map_or(b"", |text| text.as_slice())),
            b"APPEND" => {
                let mut text = self.text_mut(key)?.cloned().unwrap_or_default();
                text.extend_from_slice(&args[2]);
                let len = text.len();
                self.keys.insert(key.clone(), Value::Text(text));
                wire::integer(len as i64)
            }
            b"INCRBY" => {
                let text = self
                    .text_mut(key)?
                    .cloned()
                    .unwrap_or_else(|| b"0".to_vec());
                let sum = (parse(&text)?).wrapping_add(parse(&args[2])?);
                self.keys
                    .insert(key.clone(), Value::Text(sum.to_string().into_bytes()));
                wire::integer(sum)
            }
            b"RPUSH" => {
                let list = self.list_mut(key)?;
                list.push(args[2].clone());
                wire::integer(list.len() as i64)
            }
            b"LRANGE" => match self.keys.get(key) {
                Some(Value::Text(_)) => return Err(WRONG_TYPE),
                Some(Value::List(list)) => {
                    wire::array(&list.iter().map(|item| wire::bulk(item)).collect::<Vec<_>>())
                }
                None => wire::array(&[]),
            },
            _ => return Err("ERR unknown command"),
        };
        Ok(reply)
    }

    fn text_mut(&self, key: &[u8]) -> Result<Option<&Vec<u8>>, &'static str> {
        match self.keys.get(key) {
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(Value::List(_)) => Err(WRONG_TYPE),
            None => Ok(None),
        }
    }

    fn list_mut(&mut self, key: &[u8]) -> Result<&mut Vec<Vec<u8>>, &'static str> {
        match self
            .keys
            .entry(key.to_vec())
            .or_insert_with(|| Value::List(Vec::new()))
        {
            Value::List(list) => Ok(list),
            Value::Text(_) => Err(WRONG_TYPE),
        }
    }
}

fn parse(text: &[u8]) -> Result<i64, &'static str> {
    std::str::from_utf8(text)
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or(NOT_INTEGER)
}
