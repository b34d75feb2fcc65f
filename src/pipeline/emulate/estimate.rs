//! How many different elements several `HyperLogLogs` have seen together.
//!
//! The format is the servers': a header of 16 bytes (magic, encoding, a cached count), then 16384 registers, each in
//! six bits or as runs. The union has in each register the largest of all; the estimate from it is that of Otmar Ertl,
//! "New cardinality estimation algorithms for `HyperLogLog` sketches" (2017), which servers use.

/// Registers of a `HyperLogLog`.
const REGISTERS: usize = 16_384;
const HEADER_BYTES: usize = 16;
const MAGIC: &[u8] = b"HYLL";
/// Place of the encoding in the header.
const ENCODING_AT: usize = 4;
const DENSE: u8 = 0;
const SPARSE: u8 = 1;
const DENSE_BYTES: usize = HEADER_BYTES + REGISTERS * 6 / 8;
/// Bits of a hash that registers count zeros of.
const ZEROS_MAX: usize = 50;
/// `1 / (2 ln 2)`.
const ALPHA: f64 = 0.721_347_520_444_481_7;

/// The registers of a union.
#[derive(Debug)]
pub(super) struct Registers(Vec<u8>);

/// Why a string is no `HyperLogLog`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// It does not look like one.
    Other,
    /// It looks like one, but its runs do not add up.
    Corrupt,
}

// === impl Flaw ===

impl Flaw {
    /// The servers' words.
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Other => "WRONGTYPE Key is not a valid HyperLogLog string value.",
            Self::Corrupt => "INVALIDOBJ Corrupted HLL object detected",
        }
    }
}

// === impl Registers ===

impl Registers {
    pub(super) fn new() -> Self {
        Self(vec![0; REGISTERS])
    }

    /// Adds what the `HyperLogLog` in `text` has seen.
    pub(super) fn add(&mut self, text: &[u8]) -> Result<(), Flaw> {
        let (header, body) = text.split_at_checked(HEADER_BYTES).ok_or(Flaw::Other)?;
        if !header.starts_with(MAGIC) {
            return Err(Flaw::Other);
        }
        match header.get(ENCODING_AT) {
            Some(&DENSE) if text.len() == DENSE_BYTES => {
                self.add_dense(body);
                Ok(())
            }
            Some(&SPARSE) => self.add_sparse(body),
            _ => Err(Flaw::Other),
        }
    }

    /// Four registers in three bytes, the lowest bits first.
    fn add_dense(&mut self, body: &[u8]) {
        for (four, bytes) in self.0.chunks_mut(4).zip(body.chunks(3)) {
            let bits = bytes
                .iter()
                .rev()
                .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
            for (at, register) in four.iter_mut().enumerate() {
                let value = (bits >> (6 * at) & 0x3f) as u8;
                *register = (*register).max(value);
            }
        }
    }

    /// Runs of zeros (`00` with a length in 6 bits, `01` in 14) and of values (`1`, value in 5 bits, length in 2).
    fn add_sparse(&mut self, mut body: &[u8]) -> Result<(), Flaw> {
        let mut at = 0;
        while let [first, rest @ ..] = body {
            body = rest;
            let (value, length) = match first >> 6 {
                0 => (0, usize::from(first & 0x3f)),
                1 => {
                    let [second, rest @ ..] = body else {
                        return Err(Flaw::Corrupt);
                    };
                    body = rest;
                    (0, usize::from(first & 0x3f) << 8 | usize::from(*second))
                }
                _ => ((first >> 2 & 0x1f) + 1, usize::from(first & 0x3)),
            };
            let end = at + length + 1;
            let run = self.0.get_mut(at..end).ok_or(Flaw::Corrupt)?;
            for register in run {
                *register = (*register).max(value);
            }
            at = end;
        }
        if at == REGISTERS {
            Ok(())
        } else {
            Err(Flaw::Corrupt)
        }
    }

    /// How many different elements there were, about.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "far below the largest integer, as there are 64 bits in a hash"
    )]
    pub(super) fn estimate(&self) -> i64 {
        let mut counts = [0_u32; 64];
        for register in &self.0 {
            if let Some(count) = counts.get_mut(usize::from(*register)) {
                *count += 1;
            }
        }
        let [empty, zeros @ ..] = counts.map(f64::from);
        let (zeros, full) = zeros.split_at(ZEROS_MAX);
        let all = REGISTERS as f64;
        let full = full.first().copied().unwrap_or_default();
        let mut z = all * tau((all - full) / all);
        for count in zeros.iter().rev() {
            z = (z + count) * 0.5;
        }
        z += all * sigma(empty / all);
        (ALPHA * all * all / z).round() as i64
    }
}

/// Corrects for registers that are empty.
fn sigma(share: f64) -> f64 {
    if share == 1.0 {
        return f64::INFINITY;
    }
    let (mut x, mut y, mut sum) = (share, 1.0, share);
    loop {
        let before = sum;
        x *= x;
        sum += x * y;
        y += y;
        if sum == before {
            return sum;
        }
    }
}

/// Corrects for registers that are full.
fn tau(share: f64) -> f64 {
    if share == 0.0 || share == 1.0 {
        return 0.0;
    }
    let (mut x, mut y, mut sum) = (share, 1.0, 1.0 - share);
    loop {
        let before = sum;
        x = f64::sqrt(x);
        y *= 0.5;
        sum -= (1.0 - x).powi(2) * y;
        if sum == before {
            return sum / 3.0;
        }
    }
}
