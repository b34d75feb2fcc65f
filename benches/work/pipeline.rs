//! Whole turns with requests that name one key.

use corelane::config::{Config, UserSettings};

use super::Work;
use super::turn::{self, Exchange};
use super::wire::{Numbers, bulk, command, value_of};

/// What one request looks like, and its reply.
type Make = fn(&[u8], usize) -> Exchange;

pub(crate) fn works() -> Vec<Work> {
    vec![
        scene("pipeline/get-50x1", get, 50, 1, 16),
        limited("pipeline/get-50x1-limited", get, 50, 1, 16),
        scene("pipeline/get-50x16", get, 50, 16, 16),
        scene("pipeline/get-10x64", get, 10, 64, 16),
        scene("pipeline/set-50x1", set, 50, 1, 16),
        scene("pipeline/set-50x16", set, 50, 16, 16),
        scene("pipeline/get-16k-50x1", get, 50, 1, 16 * 1024),
        scene("pipeline/set-16k-50x1", set, 50, 1, 16 * 1024),
    ]
}

fn get(key: &[u8], value_len: usize) -> Exchange {
    Exchange {
        sends: command("GET", &[key.to_vec()]),
        gets: bulk(&value_of(key, value_len)),
    }
}

fn set(key: &[u8], value_len: usize) -> Exchange {
    Exchange {
        sends: command("SET", &[key.to_vec(), value_of(key, value_len)]),
        gets: b"+OK\r\n".to_vec(),
    }
}

fn scene(name: &str, make: Make, clients: usize, depth: usize, value_len: usize) -> Work {
    play(name, &Config::default(), make, clients, depth, value_len)
}

/// The same for clients whose user may not do everything: a bit for the command, and two patterns to try.
fn limited(name: &str, make: Make, clients: usize, depth: usize, value_len: usize) -> Work {
    let mut config = Config::default();
    config.clients.users.push(UserSettings {
        name: config.clients.username.clone(),
        rules: vec!["nopass +@all -@dangerous ~other:* %R~key:*".to_owned()],
        ..UserSettings::default()
    });
    play(name, &config, make, clients, depth, value_len)
}

fn play(
    name: &str,
    config: &Config,
    make: Make,
    clients: usize,
    depth: usize,
    value_len: usize,
) -> Work {
    let mut numbers = Numbers::from_seed(5);
    turn::work_with(name, config, clients, depth, value_len, || {
        let requests: Vec<Exchange> = (0..depth)
            .map(|_| make(&numbers.key(), value_len))
            .collect();
        Exchange {
            sends: requests.iter().flat_map(|one| one.sends.clone()).collect(),
            gets: requests.iter().flat_map(|one| one.gets.clone()).collect(),
        }
    })
}
