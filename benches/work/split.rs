//! Whole turns with requests over many keys: they are split by node or slot, and their replies merged.

use super::Work;
use super::turn::{self, Exchange};
use super::wire::{Numbers, bulks, command, value_of};

/// Clients in each of these works.
const CLIENTS: usize = 10;
/// Bytes of a value.
const VALUE: usize = 16;

/// What a request over these keys looks like, and its reply.
type Make = fn(&[Vec<u8>]) -> Exchange;

pub(crate) fn works() -> Vec<Work> {
    vec![
        scene("split/mget-10", mget, 10),
        scene("split/mget-100", mget, 100),
        scene("split/mset-10", mset, 10),
        scene("split/mset-100", mset, 100),
        scene("split/del-10", del, 10),
    ]
}

fn mget(keys: &[Vec<u8>]) -> Exchange {
    let values: Vec<Vec<u8>> = keys.iter().map(|key| value_of(key, VALUE)).collect();
    Exchange {
        sends: command("MGET", keys),
        gets: bulks(&values),
    }
}

fn mset(keys: &[Vec<u8>]) -> Exchange {
    let pairs: Vec<Vec<u8>> = keys
        .iter()
        .flat_map(|key| [key.clone(), value_of(key, VALUE)])
        .collect();
    Exchange {
        sends: command("MSET", &pairs),
        gets: b"+OK\r\n".to_vec(),
    }
}

fn del(keys: &[Vec<u8>]) -> Exchange {
    Exchange {
        sends: command("DEL", keys),
        gets: format!(":{}\r\n", keys.len()).into_bytes(),
    }
}

fn scene(name: &str, make: Make, keys: usize) -> Work {
    let mut numbers = Numbers::from_seed(6);
    turn::work(name, CLIENTS, 1, VALUE, || {
        let keys: Vec<Vec<u8>> = (0..keys).map(|_| numbers.key()).collect();
        make(&keys)
    })
}
