//! What becomes of a takeover when one of both processes stops or gives up.

use super::*;
use crate::net::{Channel, Gate, Word};

/// Both ends of a channel, and where they met.
fn channel(name: &str) -> (Gate, Channel, Channel) {
    let name = format!("test-{name}-{}", std::process::id());
    let gate = Gate::open(&name).unwrap();
    let new = Channel::call(&name).unwrap().unwrap();
    let old = gate.accept().unwrap();
    (gate, old, new)
}

/// Control with this estate and one worker, until that is told to listen or to drain.
async fn told(estate: Estate, stop: &Arc<AtomicBool>) -> ToWorker {
    let (to_worker, from_control) = shared_channel::new_bounded(4);
    let (to_control, from_worker) = shared_channel::new_bounded(4);
    let worker = glommio::spawn_local(async move {
        let receiver = from_control.connect().await;
        let _sender = to_control.connect().await;
        loop {
            let message = receiver.recv().await.unwrap();
            if matches!(message, ToWorker::Listen | ToWorker::Drain { .. }) {
                return message;
            }
        }
    });
    let sender = to_worker.connect().await;
    let receiver = from_worker.connect().await;
    let control = Control::new(settings(5000), vec![sender], signals(stop)).with_estate(estate);
    let control = glommio::spawn_local(control.run(vec![receiver]));
    let message = worker.await;
    control.cancel().await;
    message
}

fn heir(predecessor: Channel) -> Estate {
    Estate {
        predecessor: Some(predecessor),
        ..Estate::default()
    }
}

#[test]
fn who_gives_up_leaves_the_clients_that_wait_to_the_process_before() {
    in_executor(|| async {
        let stop = Arc::default();
        let (_gate, old, new) = channel("given-up");
        old.say(&Word::GivenUp).unwrap();
        let message = told(heir(new), &stop).await;
        assert!(
            matches!(message, ToWorker::Drain { is_served: true }),
            "{message:?}"
        );

        let (_gate, old, new) = channel("stopped");
        stop.store(true, Ordering::Relaxed);
        let message = told(heir(new), &stop).await;
        assert!(
            matches!(message, ToWorker::Drain { is_served: true }),
            "{message:?}"
        );
        assert!(matches!(old.hear(), Some(Word::Failed(_))));
    });
}

#[test]
fn who_is_left_alone_listens() {
    in_executor(|| async {
        let (_gate, old, new) = channel("alone");
        drop(old);
        let message = told(heir(new), &Arc::default()).await;
        assert!(matches!(message, ToWorker::Listen), "{message:?}");
    });
}

#[test]
fn a_stop_does_not_stop_a_process_that_came_by_itself() {
    in_executor(|| async {
        let name = format!("test-stop-{}", std::process::id());
        let gate = Gate::open(&name).unwrap();
        let new = Channel::call(&name).unwrap().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopping = Arc::clone(&stop);
        let waiting = glommio::spawn_local(async move {
            loop {
                match new.hear() {
                    // It has everything now.
                    Some(Word::End(_)) => stopping.store(true, Ordering::Relaxed),
                    Some(Word::Sockets(_)) => {}
                    Some(word) => return word,
                    None => glommio::timer::sleep(TICK).await,
                }
            }
        });
        let estate = Estate {
            gate: Some(gate),
            ..Estate::default()
        };
        let message = told(estate, &stop).await;
        assert!(
            matches!(message, ToWorker::Drain { is_served: false }),
            "{message:?}"
        );
        let word = waiting.await;
        assert!(matches!(word, Word::Gone), "{word:?}");
    });
}
