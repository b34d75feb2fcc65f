//! Scripts that clients have sent, so that a node which does not know one can get it.
//!
//! A script is found by its own text while it is used (EVAL), which needs no SHA-1, and by its SHA-1 when a node has
//! asked for it; that is computed once per script, when first needed.
//!
//! Holds: the texts take no more than `limits.script_cache_bytes_max`, with [`ENTRY_BYTES`] for each; the one that was
//! not used for longest goes first. Costs: a hash of the text and two look-ups per use.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hasher as _};

use bytes::Bytes;
use sha1_smol::Sha1;

/// What the bookkeeping of a script costs, about.
const ENTRY_BYTES: usize = 200;

/// Places of scripts that are gone, or whose digest became known, before they are cleaned up.
const SLACK: usize = 64;

/// The name of a script in bytes.
pub(super) type Digest = [u8; 20];

/// Scripts of this worker.
#[derive(Debug)]
pub(super) struct ScriptCache {
    bytes_max: usize,
    bytes: usize,
    /// By the hash of the text. Of two texts with the same hash the later one is kept.
    scripts: HashMap<u64, Script>,
    by_digest: HashMap<Digest, u64>,
    /// Those whose digest is not known yet; may have some that are gone or have one, but then no more than [`SLACK`], or
    /// twice the scripts.
    without_digest: Vec<u64>,
    /// The least recently used first.
    order: BTreeMap<u64, u64>,
    uses: u64,
}

#[derive(Debug)]
struct Script {
    text: Bytes,
    digest: Option<Digest>,
    used: u64,
}

/// The digest of a text.
pub(super) fn digest(text: &[u8]) -> Digest {
    Sha1::from(text).digest().bytes()
}

/// A digest as clients write it, in any case.
pub(super) fn parse(name: &[u8]) -> Option<Digest> {
    let mut digest = Digest::default();
    if name.len() != digest.len() * 2 {
        return None;
    }
    for (place, pair) in digest.iter_mut().zip(name.chunks(2)) {
        *place = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(digest)
}

fn hash(text: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(text);
    hasher.finish()
}

// === impl ScriptCache ===

impl ScriptCache {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self {
            bytes_max,
            bytes: 0,
            scripts: HashMap::new(),
            by_digest: HashMap::new(),
            without_digest: Vec::new(),
            order: BTreeMap::new(),
            uses: 0,
        }
    }

    /// Keeps to another limit; what is too much goes when the next script comes.
    pub(super) fn limit(&mut self, bytes_max: usize) {
        self.bytes_max = bytes_max;
    }

    /// Bytes that are taken.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Remembers a script; true if it was not known.
    pub(super) fn note(&mut self, text: &[u8]) -> bool {
        let hash = hash(text);
        if self.scripts.get(&hash).is_some_and(|s| s.text == text) {
            self.touch(hash);
            return false;
        }
        self.forget(hash);
        let cost = text.len() + ENTRY_BYTES;
        if cost > self.bytes_max {
            return false;
        }
        while self.bytes + cost > self.bytes_max
            && let Some((_, oldest)) = self.order.first_key_value()
        {
            let oldest = *oldest;
            self.forget(oldest);
        }
        self.bytes += cost;
        let script = Script {
            text: Bytes::copy_from_slice(text),
            digest: None,
            used: self.uses,
        };
        self.scripts.insert(hash, script);
        self.order.insert(self.uses, hash);
        self.uses += 1;
        self.without_digest.push(hash);
        if self.without_digest.len() > SLACK + 2 * self.scripts.len() {
            let scripts = &self.scripts;
            let lacks = |hash: &u64| scripts.get(hash).is_some_and(|s| s.digest.is_none());
            self.without_digest.retain(lacks);
            self.without_digest.sort_unstable();
            self.without_digest.dedup();
        }
        true
    }

    /// If no script is remembered.
    pub(super) fn is_empty(&self) -> bool {
        self.scripts.is_empty()
    }

    /// The script with this name, if it is remembered.
    pub(super) fn find(&mut self, wanted: Digest) -> Option<Bytes> {
        for hash in std::mem::take(&mut self.without_digest) {
            self.complete(hash);
        }
        let hash = *self.by_digest.get(&wanted)?;
        self.touch(hash);
        Some(self.scripts.get(&hash)?.text.clone())
    }

    /// The digest of a script that may be remembered.
    pub(super) fn digest_of(&mut self, text: &[u8]) -> Digest {
        let hash = hash(text);
        match self.scripts.get(&hash) {
            Some(script) if script.text == text => self.complete(hash),
            _ => None,
        }
        .unwrap_or_else(|| digest(text))
    }

    pub(super) fn clear(&mut self) {
        *self = Self::new(self.bytes_max);
    }

    /// Computes the digest of a script, if it has none.
    fn complete(&mut self, hash: u64) -> Option<Digest> {
        let script = self.scripts.get_mut(&hash)?;
        let text = &script.text;
        let digest = *script.digest.get_or_insert_with(|| digest(text));
        self.by_digest.insert(digest, hash);
        Some(digest)
    }

    fn touch(&mut self, hash: u64) {
        if let Some(script) = self.scripts.get_mut(&hash) {
            self.order.remove(&script.used);
            script.used = self.uses;
            self.order.insert(self.uses, hash);
            self.uses += 1;
        }
    }

    fn forget(&mut self, hash: u64) {
        let Some(script) = self.scripts.remove(&hash) else {
            return;
        };
        self.bytes -= script.text.len() + ENTRY_BYTES;
        self.order.remove(&script.used);
        if let Some(digest) = script.digest {
            self.by_digest.remove(&digest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Bytes, ENTRY_BYTES, ScriptCache, digest, parse};

    fn find(cache: &mut ScriptCache, name: &[u8]) -> Option<Bytes> {
        cache.find(parse(name)?)
    }

    /// The digest of "return 1", as servers name it.
    const RETURN_1: &[u8] = b"e0e1f9fabfc9d4800c877a703b823ac0578ff8db";

    #[test]
    fn a_script_is_found_by_its_name_in_any_case() {
        let mut cache = ScriptCache::new(10_000);
        assert_eq!(find(&mut cache, RETURN_1), None);
        assert!(cache.note(b"return 1") && !cache.note(b"return 1"));
        assert!(cache.note(b"return 2"));
        assert_eq!(find(&mut cache, RETURN_1).unwrap(), "return 1");
        let upper = RETURN_1.to_ascii_uppercase();
        assert_eq!(find(&mut cache, &upper).unwrap(), "return 1");
        assert_eq!(parse(RETURN_1), Some(digest(b"return 1")));
        for name in [&b"abc"[..], b"", &[b'x'; 40], &[b'+'; 40], &[0xff; 40]] {
            assert_eq!(find(&mut cache, name), None);
        }
        cache.clear();
        assert_eq!((find(&mut cache, RETURN_1), cache.bytes()), (None, 0));
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let each = b"return 1".len() + ENTRY_BYTES;
        let mut cache = ScriptCache::new(3 * each);
        for text in ["return 1", "return 2", "return 3"] {
            assert!(cache.note(text.as_bytes()));
        }
        // Found and used again, so the second one is the oldest.
        assert!(find(&mut cache, RETURN_1).is_some());
        assert!(cache.note(b"return 4"));
        assert_eq!(cache.bytes(), 3 * each);
        assert!(!cache.note(b"return 1") && !cache.note(b"return 3"));
        assert!(cache.note(b"return 2"), "it was forgotten");
        assert!(cache.bytes() <= 3 * each);
    }

    #[test]
    fn digests_stay_right_however_scripts_come_and_go() {
        let mut cache = ScriptCache::new(2_000);
        let name = |text: &str| sha1_smol::Sha1::from(text.as_bytes()).digest().to_string();
        for round in 0..300_u32 {
            let text = format!("return {}", round % 23);
            cache.note(text.as_bytes());
            assert_eq!(cache.digest_of(text.as_bytes()), digest(text.as_bytes()));
            if round % 3 == 0 {
                assert_eq!(find(&mut cache, name(&text).as_bytes()).unwrap(), text);
                let gone = find(&mut cache, name("return nothing").as_bytes());
                assert_eq!(gone, None);
            }
            assert!(cache.bytes() <= 2_000);
            assert_eq!(cache.scripts.len(), cache.order.len());
            assert!(cache.by_digest.len() <= cache.scripts.len());
            let unknown = cache.scripts.values().filter(|s| s.digest.is_none());
            assert!(unknown.count() <= cache.without_digest.len());
            assert!(cache.without_digest.len() <= cache.scripts.len());
        }
    }

    #[test]
    fn what_is_too_large_is_not_remembered() {
        let mut cache = ScriptCache::new(1_000);
        assert!(!cache.note(&[b'x'; 1_000]));
        assert!(cache.note(&[b'x'; 800]));
        let mut none = ScriptCache::new(0);
        assert!(!none.note(b""));
        assert_eq!(find(&mut none, RETURN_1), None);
        assert_eq!(none.digest_of(b"return 1"), digest(b"return 1"));
    }

    #[test]
    fn scripts_that_come_and_go_leave_nothing_behind() {
        for is_named in [false, true] {
            let mut cache = ScriptCache::new(10_000);
            for number in 0..5_000 {
                let text = format!("return {number}");
                assert!(cache.note(text.as_bytes()));
                // Without keys its place depends on its name.
                if is_named {
                    cache.digest_of(text.as_bytes());
                }
            }
            let known = cache.scripts.len();
            assert!(known > 10 && cache.order.len() == known && cache.by_digest.len() <= known);
            let waiting = cache.without_digest.len();
            assert!(waiting <= super::SLACK + 2 * known, "{waiting} of {known}");
            let last = digest(b"return 4999");
            assert_eq!(cache.find(last).as_deref(), Some(b"return 4999".as_slice()));
            assert_eq!(cache.find(digest(b"return 1")), None);
        }
    }
}
