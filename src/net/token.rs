//! What a driver knows a connection by.

/// Names one connection of a worker: its place, and which of the connections that had this place it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token {
    /// A client, or a link to a node.
    pub kind: Kind,
    /// Dense, so that it is an index of a vector; at most [`Token::INDEX_MAX`].
    pub index: u32,
    /// How often the place was used before.
    pub generation: u32,
}

/// What a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A client: one that ends its side still gets its replies.
    Client,
    /// A link to a node: one whose node ends its side is lost.
    Link,
}

const KIND_BIT: u64 = 1 << 60;
const INDEX_BITS: u64 = 28;

// === impl Token ===

impl Token {
    /// The highest index.
    pub const INDEX_MAX: u32 = (1 << INDEX_BITS) - 1;

    /// As a number of 61 bits.
    #[inline]
    pub(super) fn encode(self) -> u64 {
        let kind = match self.kind {
            Kind::Client => 0,
            Kind::Link => KIND_BIT,
        };
        kind | u64::from(self.index & Self::INDEX_MAX) << 32 | u64::from(self.generation)
    }

    /// From what [`Self::encode`] made; higher bits do not matter.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the parts are masked out")]
    pub(super) fn decode(number: u64) -> Self {
        Self {
            kind: if number & KIND_BIT == 0 {
                Kind::Client
            } else {
                Kind::Link
            },
            index: (number >> 32) as u32 & Self::INDEX_MAX,
            generation: number as u32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Token};

    #[test]
    fn a_token_comes_back_from_its_number() {
        for kind in [Kind::Client, Kind::Link] {
            for (index, generation) in [(0, 0), (7, u32::MAX), (Token::INDEX_MAX, 1)] {
                let token = Token {
                    kind,
                    index,
                    generation,
                };
                let number = token.encode();
                assert!(number < 1 << 61);
                assert_eq!(Token::decode(number), token);
                assert_eq!(Token::decode(number | 7 << 61), token);
            }
        }
    }
}
