//! What a client has chosen, without nodes and links.

use super::Tracker;

#[test]
fn what_was_chosen_is_forgotten_with_its_request() {
    let mut tracker = Tracker::default();
    tracker.options.opt_in = true;
    // Nobody asks about requests that end with an error.
    let mut oldest = u32::MAX - 100;
    for _ in 0..1000 {
        tracker.choose(oldest.wrapping_add(2), oldest);
        oldest = oldest.wrapping_add(1);
    }
    assert!(tracker.chosen.len() <= 4, "{}", tracker.chosen.len());
    let newest = oldest.wrapping_add(1);
    assert!(tracker.counts(newest, oldest) && !tracker.counts(newest.wrapping_add(1), oldest));
    assert!(!tracker.counts(newest, newest.wrapping_add(1)));
}
