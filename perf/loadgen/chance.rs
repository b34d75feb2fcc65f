//! Chance: which key comes next, and when. The same seed gives the same choices.

use super::value::mix;

/// A source of random numbers: fast, and good enough to spread load.
#[derive(Debug, Clone)]
pub(crate) struct Chance {
    state: u64,
}

/// How often each key is used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Distribution {
    /// All the same.
    Uniform,
    /// The k-th key in proportion to `k^-exponent`.
    Zipf(f64),
}

/// Chooses keys.
#[derive(Debug, Clone)]
pub(crate) enum Keys {
    /// Each of so many with the same chance.
    Uniform(u64),
    /// The first ones more often.
    Zipf(Zipf),
    /// From `next` on, one after the other.
    InOrder {
        /// The one that comes next.
        next: u64,
    },
}

/// Zipf's distribution over keys by rejection-inversion (Hörmann and Derflinger, 1996): a continuous curve
/// that lies over the steps is inverted, and what falls between curve and step is drawn again. Needs no
/// table, and one try nearly always suffices.
#[derive(Debug, Clone)]
pub(crate) struct Zipf {
    exponent: f64,
    keys: f64,
    area_first: f64,
    area_last: f64,
    /// Up to this distance from a rank the curve is certainly inside the step.
    certain: f64,
}

// === impl Chance ===

impl Chance {
    /// A source with this seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: mix(seed) }
    }

    /// Any number.
    #[inline]
    pub(crate) fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.state)
    }

    /// A number below `limit`.
    #[inline]
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.number()) * u128::from(limit)) >> 64) as u64
    }

    /// A number from 0 up to but not including 1.
    #[inline]
    pub(crate) fn fraction(&mut self) -> f64 {
        (self.number() >> 11) as f64 / (1u64 << 53) as f64
    }
}

// === impl Keys ===

impl Keys {
    /// A chooser among `keys` keys.
    pub(crate) fn new(distribution: Distribution, keys: u64) -> Self {
        match distribution {
            Distribution::Uniform => Self::Uniform(keys),
            Distribution::Zipf(exponent) => Self::Zipf(Zipf::new(exponent, keys)),
        }
    }

    /// The next key.
    #[inline]
    pub(crate) fn choose(&mut self, chance: &mut Chance) -> u64 {
        match self {
            Self::Uniform(keys) => chance.below(*keys),
            Self::Zipf(zipf) => zipf.choose(chance),
            Self::InOrder { next } => {
                *next += 1;
                *next - 1
            }
        }
    }
}

// === impl Zipf ===

impl Zipf {
    fn new(exponent: f64, keys: u64) -> Self {
        let keys = keys as f64;
        let second = area_inverse(exponent, area(exponent, 2.5) - step(exponent, 2.0));
        Self {
            exponent,
            keys,
            area_first: area(exponent, 1.5) - 1.0,
            area_last: area(exponent, keys + 0.5),
            certain: 2.0 - second,
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank lies between 1 and the number of keys"
    )]
    fn choose(&self, chance: &mut Chance) -> u64 {
        loop {
            let at = self.area_last + chance.fraction() * (self.area_first - self.area_last);
            let point = area_inverse(self.exponent, at);
            let rank = point.round().clamp(1.0, self.keys);
            let inside = at >= area(self.exponent, rank + 0.5) - step(self.exponent, rank);
            if rank - point <= self.certain || inside {
                return rank as u64 - 1;
            }
        }
    }
}

/// Height of the step of a rank.
fn step(exponent: f64, rank: f64) -> f64 {
    rank.powf(-exponent)
}

/// Area under the curve from 1 to `x`.
fn area(exponent: f64, x: f64) -> f64 {
    let power = 1.0 - exponent;
    if power.abs() < FLAT {
        x.ln()
    } else {
        (x.powf(power) - 1.0) / power
    }
}

/// The `x` up to which the area is `area`.
fn area_inverse(exponent: f64, area: f64) -> f64 {
    let power = 1.0 - exponent;
    if power.abs() < FLAT {
        area.exp()
    } else {
        (1.0 + area * power).max(0.0).powf(1.0 / power)
    }
}

/// So near to 1 an exponent is taken for 1, where the formulas have a gap.
const FLAT: f64 = 1e-9;

#[cfg(test)]
mod tests {
    use super::{Chance, Distribution, Keys};

    fn counts(distribution: Distribution, keys: u64) -> Vec<u64> {
        let mut chance = Chance::new(1);
        let mut chooser = Keys::new(distribution, keys);
        let mut counts = vec![0; usize::try_from(keys).unwrap()];
        for _ in 0..DRAWS {
            counts[usize::try_from(chooser.choose(&mut chance)).unwrap()] += 1;
        }
        counts
    }

    const DRAWS: u64 = 200_000;

    #[test]
    fn uniform_keys_are_equally_frequent() {
        for count in counts(Distribution::Uniform, 20) {
            assert!((9_500..10_500).contains(&count), "{count}");
        }
        assert_eq!(counts(Distribution::Uniform, 1), [DRAWS]);
    }

    #[test]
    fn zipf_keys_follow_the_formula() {
        for exponent in [0.5, 0.99, 1.0, 1.5] {
            let counts = counts(Distribution::Zipf(exponent), 10);
            let total: f64 = (1..=10).map(|rank| f64::from(rank).powf(-exponent)).sum();
            for (rank, count) in (1..).zip(counts) {
                let expected = f64::from(rank).powf(-exponent) / total * DRAWS as f64;
                let difference = (count as f64 - expected).abs();
                assert!(
                    difference < 5.0 * expected.sqrt(),
                    "{exponent} {rank} {count}"
                );
            }
        }
        assert_eq!(counts(Distribution::Zipf(0.99), 1), [DRAWS]);
    }

    #[test]
    fn keys_in_order_leave_none_out() {
        let mut keys = Keys::InOrder { next: 3 };
        let mut chance = Chance::new(1);
        let chosen: Vec<u64> = (0..3).map(|_| keys.choose(&mut chance)).collect();
        assert_eq!(chosen, [3, 4, 5]);
    }
}
