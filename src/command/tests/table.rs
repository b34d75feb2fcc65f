//! The table and the look-up in it.

use std::collections::HashSet;

use super::command;
use crate::command::{Access, Begin, COUNT, Find, Flags, RequestPolicy, all, each, lookup};

#[test]
fn the_table_is_sorted_and_complete() {
    assert!(all().len() > 240, "{}", all().len());
    assert!(all().is_sorted_by(|a, b| a.name < b.name));
    assert_eq!(each().count(), COUNT);
    let mut names = HashSet::new();
    for (number, entry) in each().enumerate() {
        let name = entry.name;
        assert_eq!(usize::from(entry.number), number, "{name}");
        assert!(names.insert(name), "{name} is there twice");
        assert_eq!(name, name.to_ascii_lowercase());
        assert_ne!(entry.arity, 0, "{name}");
        assert!(!entry.group.is_empty() && !entry.since.is_empty(), "{name}");
        assert!(!(entry.is_readonly() && entry.is_write()), "{name}");
        assert!(
            entry.subcommands.is_sorted_by(|a, b| a.name < b.name),
            "{name}"
        );
        for child in entry.subcommands {
            assert_eq!(
                child.name.strip_suffix(child.last_word()),
                Some(format!("{name}|").as_str())
            );
        }
    }
}

#[test]
fn every_name_is_found_in_any_case() {
    for entry in all() {
        let mixed = |turn: usize| -> Vec<u8> {
            let letters = entry.name.bytes().enumerate();
            letters
                .map(|(at, b)| {
                    if at % 2 == turn {
                        b.to_ascii_uppercase()
                    } else {
                        b
                    }
                })
                .collect()
        };
        let upper = entry.name.to_ascii_uppercase().into_bytes();
        for word in [entry.name.as_bytes().to_vec(), upper, mixed(0), mixed(1)] {
            let found = lookup(&word).unwrap_or_else(|| panic!("{} is not found", entry.name));
            assert!(std::ptr::eq(found, entry));
        }
        for child in entry.subcommands {
            let upper = child.last_word().to_ascii_uppercase();
            assert!(std::ptr::eq(
                entry.subcommand(upper.as_bytes()).unwrap(),
                child
            ));
            assert!(std::ptr::eq(command(child.name), child));
            assert!(lookup(child.name.as_bytes()).is_none());
        }
    }
}

#[test]
fn near_misses_are_not_found() {
    let names: HashSet<&[u8]> = all().iter().map(|entry| entry.name.as_bytes()).collect();
    for entry in all() {
        let name = entry.name.as_bytes();
        let mut others = vec![
            [name, b"x"].concat(),
            [name, b"\0"].concat(),
            [b"x", name].concat(),
        ];
        others.push(name[..name.len() - 1].to_vec());
        others.push(name[1..].to_vec());
        for at in 0..name.len() {
            // Also the bytes that differ from a letter in the case bit and are no letter.
            for flip in [0x20_u8, 0x01, 0x80, 0x40, 0x10] {
                let mut other = name.to_vec();
                other[at] ^= flip;
                others.push(other);
            }
        }
        for other in others {
            let known = names.contains(other.to_ascii_lowercase().as_slice());
            assert_eq!(
                lookup(&other).is_some(),
                known,
                "{:?}",
                String::from_utf8_lossy(&other)
            );
        }
    }
    for word in [
        b"".as_slice(),
        b"\xff",
        &[b'g'; 255],
        &[b'g'; 256],
        &[b'g'; 1 << 16],
    ] {
        assert!(lookup(word).is_none());
    }
    assert!(command("object").subcommand(b"").is_none());
    assert!(command("get").subcommand(b"get").is_none());
}

#[test]
fn arity_is_exact_or_at_least() {
    let rows = [
        ("get", 2, true),
        ("get", 1, false),
        ("get", 3, false),
        ("set", 3, true),
        ("set", 9, true),
    ];
    for (name, args, fits) in rows
        .into_iter()
        .chain([("set", 2, false), ("config|get", 3, true)])
    {
        assert_eq!(command(name).arity_fits(args), fits, "{name} {args}");
    }
    assert!(!command("get").arity_fits(usize::MAX) && command("del").arity_fits(usize::MAX));
}

#[test]
fn facts_are_those_of_the_servers() {
    let get = command("GET");
    assert!(get.is_readonly() && !get.is_write() && get.flags.has(Flags::FAST));
    assert_eq!(get.flags.words().collect::<Vec<_>>(), ["readonly", "fast"]);
    assert_eq!(
        (get.group, get.since, get.range),
        ("string", "1.0.0", [1, 1, 1])
    );
    let access = get.keys[0].access;
    assert!(access == Access::RO.or(Access::ACCESS) && access.count() == 2);
    assert_eq!(format!("{access:?}"), r#"{"RO", "access"}"#);
    assert_eq!(
        command("mget").request_policy,
        Some(RequestPolicy::MultiShard)
    );
    assert_eq!(command("xread").keys[0].begin, Begin::keyword("STREAMS", 1));
    assert_eq!(command("zunion").keys[0].find, Find::key_num(0, 1, 1));
    assert_eq!(command("slaveof").deprecated_since, Some("5.0.0"));
}
