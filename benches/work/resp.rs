//! Finding where requests and replies end.

use std::hint::black_box;

use corelane::resp::{Limits, ReplyScanner, RequestScanner, Scan, write};

use super::Work;
use super::wire::{Numbers, bulk, bulks, command, value_of};

/// Frames in a read when clients use pipelines.
const MANY: usize = 64;

/// What comes with one read, and where each frame in it ends.
struct Frames {
    lens: Vec<usize>,
    bytes: Vec<u8>,
}

pub(crate) fn works() -> Vec<Work> {
    let mut numbers = Numbers::from_seed(1);
    let mut keys = |count: usize| -> Vec<Vec<u8>> { (0..count).map(|_| numbers.key()).collect() };
    let get = |key: &Vec<u8>| command("GET", std::slice::from_ref(key));
    let set = |key: &Vec<u8>, len| command("SET", &[key.clone(), value_of(key, len)]);
    let value = |key: &Vec<u8>| bulk(&value_of(key, 16));
    let mut ok = Vec::new();
    write::simple(&mut ok, "OK");
    vec![
        requests("resp/request-get", &[get(&keys(1)[0])]),
        requests("resp/request-get-x64", &each(&keys(MANY), get)),
        requests(
            "resp/request-set-x64",
            &each(&keys(MANY), |key| set(key, 16)),
        ),
        requests("resp/request-set-16k", &[set(&keys(1)[0], 16 * 1024)]),
        requests("resp/request-mget-100", &[command("MGET", &keys(100))]),
        replies("resp/reply-value", &[value(&keys(1)[0])]),
        replies("resp/reply-value-x64", &each(&keys(MANY), value)),
        replies("resp/reply-ok-x64", &vec![ok; MANY]),
        replies(
            "resp/reply-value-16k",
            &[bulk(&value_of(&keys(1)[0], 16 * 1024))],
        ),
        replies(
            "resp/reply-array-100",
            &[bulks(&each(&keys(100), |key| value_of(key, 16)))],
        ),
    ]
}

fn each(keys: &[Vec<u8>], make: impl Fn(&Vec<u8>) -> Vec<u8>) -> Vec<Vec<u8>> {
    keys.iter().map(make).collect()
}

fn requests(name: &str, frames: &[Vec<u8>]) -> Work {
    let frames = Frames::of(frames);
    Work::new(name, frames.lens.len(), frames.bytes.len(), move || {
        let mut scanner = RequestScanner::default();
        frames.find(|rest, limits| scanner.scan(rest, limits));
    })
}

fn replies(name: &str, frames: &[Vec<u8>]) -> Work {
    let frames = Frames::of(frames);
    // As in a link, which keeps its scanner.
    let mut scanner = ReplyScanner::default();
    Work::new(name, frames.lens.len(), frames.bytes.len(), move || {
        frames.find(|rest, limits| scanner.scan(rest, limits));
    })
}

// === impl Frames ===

impl Frames {
    fn of(frames: &[Vec<u8>]) -> Self {
        Self {
            lens: frames.iter().map(Vec::len).collect(),
            bytes: frames.concat(),
        }
    }

    /// Lets `scan` find the end of each.
    fn find(&self, mut scan: impl FnMut(&[u8], &Limits) -> Scan) {
        let limits = black_box(&Limits::DEFAULT);
        let mut rest = black_box(self.bytes.as_slice());
        for expected in &self.lens {
            match scan(rest, limits) {
                Scan::Complete { len } if len == *expected => rest = &rest[len..],
                other => panic!("{other:?} instead of {expected} bytes"),
            }
        }
        assert!(rest.is_empty(), "{} bytes are left", rest.len());
    }
}
