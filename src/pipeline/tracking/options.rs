//! What a client asks of CLIENT TRACKING, read as servers read it.

use crate::pipeline::answers;
use crate::resp::{RequestView, int};

/// The arguments of CLIENT TRACKING ON.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::pipeline) struct Options {
    /// Hear of all keys with certain prefixes, read or not.
    pub(super) broadcast: bool,
    /// With `broadcast`: the prefixes; none means all keys.
    pub(super) prefixes: Vec<Box<[u8]>>,
    /// Only what is read right after CLIENT CACHING YES counts.
    pub(super) opt_in: bool,
    /// What is read right after CLIENT CACHING NO does not count.
    pub(super) opt_out: bool,
    /// Do not hear of the client's own writes.
    pub(super) no_loop: bool,
}

/// What CLIENT TRACKING is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wish {
    /// OFF.
    Off,
    /// ON.
    On(Options),
}

/// What stands in a CLIENT TRACKING.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reading {
    /// The number behind REDIRECT, if it stands before whatever is wrong. Servers look for that client before they
    /// read on, so that it does not exist is said first.
    pub(super) redirect: Option<i64>,
    /// The rest, or the words in which servers refuse it, or corelane's own.
    pub(super) wish: Result<Wish, String>,
}

/// Prefixes of one client at most: each is compared with each key that changes.
pub(super) const PREFIXES_MAX: usize = 1024;

const SYNTAX: &str = "ERR syntax error";
const PREFIX_WITHOUT_BROADCAST: &str = "ERR PREFIX option requires BCAST mode to be enabled";
const BROADCAST_WITH_CHOICE: &str = "ERR OPTIN and OPTOUT are not compatible with BCAST";
const BOTH_CHOICES: &str = "ERR You can't specify both OPTIN mode and OPTOUT mode";
const ONE_REDIRECT: &str = "ERR A client can only redirect to a single other client";
pub(super) const TOO_MANY: &str = "ERR corelane: too many prefixes";

/// Reads a whole CLIENT TRACKING.
pub(super) fn parse(view: &RequestView<'_>) -> Reading {
    let mut redirect = None;
    let wish = read(view, &mut redirect);
    Reading { redirect, wish }
}

fn read(view: &RequestView<'_>, redirect: &mut Option<i64>) -> Result<Wish, String> {
    let mut words = view.args().skip(2);
    let mode = words.next().unwrap_or_default();
    let mut options = Options::default();
    while let Some(word) = words.next() {
        let is = |name: &str| word.eq_ignore_ascii_case(name.as_bytes());
        if is("redirect")
            && let Some(number) = words.next()
        {
            if redirect.is_some() {
                return Err(ONE_REDIRECT.to_owned());
            }
            *redirect = Some(int::parse_i64(number).ok_or(answers::NOT_AN_INTEGER)?);
        } else if is("bcast") {
            options.broadcast = true;
        } else if is("optin") {
            options.opt_in = true;
        } else if is("optout") {
            options.opt_out = true;
        } else if is("noloop") {
            options.no_loop = true;
        } else if is("prefix")
            && let Some(prefix) = words.next()
        {
            options.prefixes.push(prefix.into());
        } else {
            return Err(SYNTAX.to_owned());
        }
    }
    if mode.eq_ignore_ascii_case(b"off") {
        return Ok(Wish::Off);
    }
    if !mode.eq_ignore_ascii_case(b"on") {
        return Err(SYNTAX.to_owned());
    }
    if !options.broadcast && !options.prefixes.is_empty() {
        return Err(PREFIX_WITHOUT_BROADCAST.to_owned());
    }
    if options.broadcast && (options.opt_in || options.opt_out) {
        return Err(BROADCAST_WITH_CHOICE.to_owned());
    }
    if options.opt_in && options.opt_out {
        return Err(BOTH_CHOICES.to_owned());
    }
    if options.prefixes.len() > PREFIXES_MAX {
        return Err(TOO_MANY.to_owned());
    }
    if let Some((one, other)) = overlap(&options.prefixes) {
        return Err(overlap_error(one, other));
    }
    Ok(Wish::On(options))
}

/// The servers' words for prefixes of which one begins with the other.
pub(super) fn overlap_error(new: &[u8], old: &[u8]) -> String {
    let [new, old] = [new, old].map(answers::quote);
    format!(
        "ERR Prefix '{new}' overlaps with an existing prefix '{old}'. \
         Prefixes for a single client must not overlap."
    )
}

/// Two prefixes of which one begins with the other, if there are; in the order in which they were given.
fn overlap(prefixes: &[Box<[u8]>]) -> Option<(&[u8], &[u8])> {
    let mut sorted: Vec<&[u8]> = prefixes.iter().map(AsRef::as_ref).collect();
    sorted.sort_unstable();
    let pairs = sorted.iter().zip(sorted.iter().skip(1));
    let mut overlapping = pairs.filter(|(short, long)| long.starts_with(short));
    let (short, long) = overlapping.next()?;
    let first = prefixes
        .iter()
        .find(|one| [*short, *long].contains(&&***one))?;
    Some(if **first == **short {
        (*short, *long)
    } else {
        (*long, *short)
    })
}

/// The fewest prefixes that cover all of these: those that begin with another one are left out, and an empty one
/// covers everything.
pub(super) fn covering<'a>(prefixes: impl Iterator<Item = &'a [u8]>) -> Vec<Box<[u8]>> {
    let mut sorted: Vec<&[u8]> = prefixes.collect();
    sorted.sort_unstable();
    let mut covering: Vec<Box<[u8]>> = Vec::new();
    for prefix in sorted {
        let is_covered = covering.last().is_some_and(|last| prefix.starts_with(last));
        if !is_covered {
            covering.push(prefix.into());
        }
    }
    covering
}

// === impl Options ===

impl Options {
    /// Whether a key begins with one of the prefixes.
    pub(super) fn covers(&self, key: &[u8]) -> bool {
        self.prefixes.is_empty() || self.prefixes.iter().any(|prefix| key.starts_with(prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::{Options, Wish, covering, parse};
    use crate::resp::{RequestView, write};

    fn read(line: &str) -> Result<Wish, String> {
        let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        let mut frame = Vec::new();
        write::request(&mut frame, &words);
        parse(&RequestView::new(&frame)).wish
    }

    fn redirect(line: &str) -> Option<i64> {
        let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        let mut frame = Vec::new();
        write::request(&mut frame, &words);
        parse(&RequestView::new(&frame)).redirect
    }

    #[test]
    fn a_redirect_counts_up_to_what_is_wrong() {
        for (line, number) in [
            ("CLIENT TRACKING ON", None),
            ("CLIENT TRACKING ON REDIRECT", None),
            ("CLIENT TRACKING ON redirect 5 BCAST", Some(5)),
            ("CLIENT TRACKING ON BCAST PREFIX REDIRECT", None),
            ("CLIENT TRACKING OFF REDIRECT -5", Some(-5)),
            ("CLIENT TRACKING ON REDIRECT 5 WHAT", Some(5)),
            ("CLIENT TRACKING ON WHAT REDIRECT 5", None),
            ("CLIENT TRACKING ON REDIRECT x", None),
            ("CLIENT TRACKING ON REDIRECT 5 REDIRECT 6", Some(5)),
        ] {
            assert_eq!(redirect(line), number, "{line}");
        }
    }

    #[test]
    fn wishes() {
        let on = Options::default();
        assert_eq!(read("CLIENT TRACKING off"), Ok(Wish::Off));
        assert_eq!(read("CLIENT TRACKING ON"), Ok(Wish::On(on.clone())));
        let wish = Options {
            opt_in: true,
            no_loop: true,
            ..on.clone()
        };
        assert_eq!(read("CLIENT TRACKING ON optin NOLOOP"), Ok(Wish::On(wish)));
        let wish = Options {
            broadcast: true,
            prefixes: vec![b"a:".as_slice().into(), b"b:".as_slice().into()],
            ..on
        };
        assert!(wish.covers(b"b:1") && !wish.covers(b"c:1"));
        let line = "CLIENT TRACKING ON PREFIX a: BCAST PREFIX b:";
        assert_eq!(read(line), Ok(Wish::On(wish)));
    }

    #[test]
    fn refusals() {
        for (line, error) in [
            ("CLIENT TRACKING maybe", "ERR syntax error"),
            ("CLIENT TRACKING ON WHAT", "ERR syntax error"),
            ("CLIENT TRACKING ON PREFIX", "ERR syntax error"),
            ("CLIENT TRACKING ON PREFIX a", "ERR PREFIX option requires"),
            (
                "CLIENT TRACKING ON BCAST OPTIN",
                "ERR OPTIN and OPTOUT are not",
            ),
            (
                "CLIENT TRACKING ON OPTOUT OPTIN",
                "ERR You can't specify both",
            ),
            ("CLIENT TRACKING ON REDIRECT", "ERR syntax error"),
            ("CLIENT TRACKING ON REDIRECT x", "ERR value is not an"),
            (
                "CLIENT TRACKING ON REDIRECT 5 REDIRECT 5",
                "ERR A client can only redirect to a single",
            ),
            (
                "CLIENT TRACKING ON BCAST PREFIX ab PREFIX a",
                "ERR Prefix 'ab' overlaps with an existing prefix 'a'",
            ),
            (
                "CLIENT TRACKING ON BCAST PREFIX x PREFIX a PREFIX ab",
                "ERR Prefix 'a' overlaps with an existing prefix 'ab'",
            ),
        ] {
            let text = read(line).unwrap_err();
            assert!(text.starts_with(error), "{line}: {text}");
        }
    }

    #[test]
    fn prefixes_are_joined() {
        let join = |prefixes: &[&str]| {
            let joined = covering(prefixes.iter().map(|prefix| prefix.as_bytes()));
            let texts = joined
                .iter()
                .map(|p| String::from_utf8_lossy(p).into_owned());
            texts.collect::<Vec<String>>()
        };
        assert_eq!(join(&["b", "a", "ab", "b", "bcd"]), ["a", "b"]);
        assert_eq!(join(&["x", ""]), [""]);
        assert!(join(&[]).is_empty());
    }
}
