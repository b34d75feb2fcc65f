//! The quick run: every target over what is kept and over mutations of it, the same ones each time.

use std::collections::BTreeSet;
use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::rng::Rng;
use crate::{TARGETS, Target};

/// Longer ones are for libFuzzer.
const MUTANT_BYTES_MAX: usize = 6_000;

/// No input takes longer, on any machine; libFuzzer has a limit of its own.
const PATIENCE: Duration = Duration::from_secs(20);

/// What stands in the middle of many inputs.
const TOKENS: [&[u8]; 24] = [
    b"\r\n",
    b"*",
    b"$",
    b"*-1\r\n",
    b"$-1\r\n",
    b"$0\r\n\r\n",
    b"*1\r\n",
    b":9223372036854775807\r\n",
    b"%1\r\n",
    b">2\r\n",
    b"|1\r\n",
    b"*?\r\n",
    b".\r\n",
    b"\xff",
    b"\0",
    b"\"",
    b"[",
    b"= ",
    b"16383",
    b"-",
    b"@",
    b"~2\r\n",
    b"_\r\n",
    b"MOVED 1 ",
];

fn folder(name: &str) -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    tests.join(name)
}

/// Files of a folder, in a fixed order.
fn read_all(folder: &Path) -> Vec<Vec<u8>> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// The kept inputs of a target, and captured bytes of servers where it reads such.
fn inputs(name: &str) -> Vec<Vec<u8>> {
    let mut found = read_all(&folder("fuzz/kept").join(name));
    assert!(!found.is_empty(), "{name} has no kept input");
    let mut captured = |subject: &str, before: &[u8]| {
        let files = read_all(&folder("vectors").join(subject));
        assert!(!files.is_empty(), "no vectors of {subject}");
        found.extend(files.iter().map(|file| [before, file].concat()));
    };
    match name {
        "requests" => captured("requests", &[0, 0]),
        "replies" => {
            captured("replies", &[0, 0]);
            captured("errors", &[0, 1]);
        }
        "topology" => {
            captured("cluster-nodes", b"x");
            captured("cluster-slots", b"y");
            captured("cluster-shards", b"z");
        }
        "settings" => {
            let root = Path::new(env!("CARGO_MANIFEST_DIR"));
            found.push(fs::read(root.join("config/corelane.toml")).unwrap());
        }
        _ => {}
    }
    found
}

/// One to four changes, or a piece of another input.
fn mutate(inputs: &[Vec<u8>], rng: &mut Rng) -> Vec<u8> {
    let mut bytes = rng.pick(inputs).clone();
    for _ in 0..rng.range(1, 4) {
        let at = rng.index(bytes.len() + 1);
        let end = at + rng.index(bytes.len() - at + 1);
        match rng.below(8) {
            0 | 1 if at < bytes.len() => bytes[at] = rng.next() as u8,
            2 if at < bytes.len() => bytes[at] ^= 1 << rng.below(8),
            3 => bytes.insert(at, rng.next() as u8),
            4 => drop(bytes.drain(at..end.min(at + 20))),
            5 => drop(bytes.splice(at..at, rng.pick(&TOKENS).iter().copied())),
            6 => {
                let again = bytes[at..end.min(at + 100)].to_vec();
                let again = again.repeat(rng.range(1, 8) as usize);
                bytes.splice(at..at, again);
            }
            _ => {
                let other = rng.pick(inputs);
                let from = rng.index(other.len() + 1);
                let piece = &other[from..];
                let piece = &piece[..piece.len().min(rng.range(1, 200) as usize)];
                bytes.splice(at..end.min(at + 10), piece.iter().copied());
            }
        }
    }
    bytes.truncate(MUTANT_BYTES_MAX);
    bytes
}

/// Runs one input; what fails is written to a file, which can be kept as it is.
#[expect(
    clippy::disallowed_methods,
    reason = "a limit that may be off by a jump of the clock"
)]
fn feed((name, run, _): Target, bytes: &[u8]) {
    let began = SystemTime::now();
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| run(bytes)));
    let is_slow = began.elapsed().is_ok_and(|time| time > PATIENCE);
    if outcome.is_ok() && !is_slow {
        return;
    }
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{name}-{hash:016x}"));
    fs::write(&path, bytes).unwrap();
    panic!(
        "{name} fails, slow: {is_slow}; the input is in {}",
        path.display()
    );
}

/// `FUZZ_SEED=n` makes other mutations, `FUZZ_TIMES=n` makes so many times as many.
fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// Runs a target over everything that is kept, and then over mutations.
fn quick(name: &str) {
    let target = *TARGETS.iter().find(|target| target.0 == name).unwrap();
    let inputs = inputs(name);
    for bytes in &inputs {
        feed(target, bytes);
    }
    let mut rng = Rng::new(setting("FUZZ_SEED", 1));
    for _ in 0..target.2 as u64 * setting("FUZZ_TIMES", 1) {
        feed(target, &mutate(&inputs, &mut rng));
    }
}

macro_rules! quick {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            quick(stringify!($name));
        })*

        #[test]
        fn every_target_has_a_quick_run() {
            let names = TARGETS.map(|target| target.0);
            assert_eq!(names.as_slice(), [$(stringify!($name)),*]);
        }
    };
}

quick! { requests replies topology settings commands patterns admin pipeline operations }

/// Runs the files that `FUZZ_INPUT` names, separated by spaces, with the target `FUZZ_TARGET`.
#[test]
fn the_given_input() {
    let (Ok(name), Ok(files)) = (std::env::var("FUZZ_TARGET"), std::env::var("FUZZ_INPUT")) else {
        return;
    };
    for file in files.split(' ') {
        crate::run(&name, &fs::read(file).unwrap());
    }
}

/// The fuzzers are a package of their own, which is built with the versions that its lock file names; a dependency that
/// is missing there would keep them from being built.
#[test]
fn the_lock_file_of_the_fuzzers_knows_all_dependencies() {
    let read = |path: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        let text = fs::read_to_string(path).expect("is there");
        text.parse::<toml::Table>().expect("is TOML")
    };
    let wanted: BTreeSet<String> = read("Cargo.toml")["dependencies"]
        .as_table()
        .expect("is a table")
        .keys()
        .cloned()
        .collect();
    let lock = read("tests/fuzz/Cargo.lock");
    let packages = lock["package"].as_array().expect("is a list");
    let corelane = packages
        .iter()
        .find(|package| package["name"].as_str() == Some("corelane"))
        .expect("is a package");
    let known: BTreeSet<String> = corelane["dependencies"]
        .as_array()
        .expect("is a list")
        .iter()
        .filter_map(|name| Some(name.as_str()?.split(' ').next()?.to_owned()))
        .collect();
    assert_eq!(known, wanted, "cd tests/fuzz; cargo update --workspace");
}
