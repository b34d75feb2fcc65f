//! The world of the simulation, driven by operations instead of by chance: what a fuzzer finds here breaks
//! a promise to honest clients.

use crate::rng::Rng;
use crate::world::{MICRO, MILLI, World};

/// Longer runs find nothing that shorter ones do not.
const OPERATIONS_MAX: usize = 300;

/// Events that are shown when a promise is broken.
const EVENTS_SHOWN: usize = 60;

/// Two bytes for the world, then two for each operation: its kind, and what chance is made from.
pub fn operations(data: &[u8]) {
    let [high, low, rest @ ..] = data else { return };
    let seed = u64::from(u16::from_be_bytes([*high, *low]));
    if operate(&mut World::new(seed, false), rest).is_ok() {
        return;
    }
    // Once more, with what happened noted.
    let mut world = World::new(seed, true);
    let outcome = operate(&mut world, rest);
    let events = world.trace.unwrap_or_default();
    let shown = &events[events.len().saturating_sub(EVENTS_SHOWN)..];
    panic!("{outcome:?}\n\nthe last events:\n{}", shown.join("\n"));
}

fn operate(world: &mut World, data: &[u8]) -> Result<(), String> {
    for operation in data.chunks_exact(2).take(OPERATIONS_MAX) {
        let [kind, chance] = [operation[0], operation[1]].map(u64::from);
        world.rng = Rng::new(kind << 8 | chance);
        // A world in which everything has to succeed has no trouble but what it makes itself.
        if world.profile.calm && kind % 16 < 8 {
            world.step()?;
            continue;
        }
        match kind % 16 {
            0 => world.migrate()?,
            1 => drop(world.fail_over(usize::from(operation[1]) % 3)),
            2 => world.crash(),
            3 => world.refuse(),
            4 => world.break_link(),
            5 => world.slow_down_client(),
            6 => world.disconnect(),
            7 => world.fetch_map(),
            8 if world.clients.len() < 8 => world.connect_client(),
            8..=10 => world.make_requests(),
            11 => world.now += chance * MICRO * 4,
            // What is promised about time allows for no longer steps.
            12 if chance > 128 => world.now += (1 + chance % 14) * MILLI,
            _ => {}
        }
        world.now += 20 * MICRO;
        world.turn()?;
    }
    world.settle()?;
    world.drain()
}
