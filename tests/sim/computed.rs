//! Reads over several slots that the proxy computes from what nodes say of each key.

use crate::oracle::{Answer, Oracle, classify};
use crate::wire;

/// What servers say to keys that are no texts.
const NO_TEXTS: &[u8] = b"-ERR The specified keys must contain string values";

impl Oracle {
    /// A client got `reply` to an LCS of keys in two slots, sent when `since` had been executed: what two values that
    /// the keys had meanwhile have in common.
    pub(crate) fn check_lcs(
        &mut self,
        keys: &[Vec<u8>; 2],
        since: u64,
        reply: &[u8],
    ) -> Result<(), String> {
        let failed = reply.starts_with(b"-") && !self.calm && classify(reply) != Answer::Value;
        if failed || reply.starts_with(NO_TEXTS) {
            return Ok(());
        }
        let values = |key: &[u8]| -> Vec<Vec<u8>> {
            let texts = self.texts_since(key, since);
            texts.map(|text| text.clone().unwrap_or_default()).collect()
        };
        let [one, other] = keys;
        let (ones, others) = (values(one), values(other));
        let fits = ones.iter().any(|a| {
            let fits = |b: &Vec<u8>| wire::bulk(&subsequence(a, b)) == reply;
            others.iter().any(fits)
        });
        if !fits {
            let (one, other) = (wire::show(one), wire::show(other));
            let reply = wire::show(reply);
            return Err(format!(
                "LCS {one} {other} gave {reply}, which it never was"
            ));
        }
        self.seen.computed += 1;
        Ok(())
    }
}

/// What two texts have in common, as servers choose it: of two that are as long, the one that needs less of the
/// second text.
fn subsequence(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut row: Vec<Vec<u8>> = vec![Vec::new(); b.len() + 1];
    for x in a {
        let above = row.clone();
        for (at, y) in b.iter().enumerate() {
            row[at + 1] = if x == y {
                [&above[at][..], &[*x]].concat()
            } else if above[at + 1].len() > row[at].len() {
                above[at + 1].clone()
            } else {
                row[at].clone()
            };
        }
    }
    row.pop().unwrap_or_default()
}
