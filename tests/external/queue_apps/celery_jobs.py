"""A Celery application whose jobs say in a file that they were done, and a producer for it.

As a program it sends jobs until it is told to stop, and writes down each one that the broker has accepted.
"""

import os
import signal
import sys
import time

from celery import Celery

PORT = os.environ["QUEUE_PORT"]
DONE = os.environ["QUEUE_DONE"]
SENT = os.environ["QUEUE_SENT"]
# All keys of the queue are in one slot, as everywhere with a cluster.
OPTIONS = {
    "global_keyprefix": "{celery}:", "visibility_timeout": 10, "socket_timeout": 15,
    "socket_connect_timeout": 5, "unacked_restore_limit": None,
}

app = Celery("jobs", broker=f"redis://127.0.0.1:{PORT}/0", backend=f"redis://127.0.0.1:{PORT}/0")
app.conf.update(
    broker_transport_options=OPTIONS,
    result_backend_transport_options={"global_keyprefix": "{celery}:"},
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=4,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    redis_socket_timeout=15,
)


@app.task(name="record")
def record(number):
    note(DONE, number)
    return number


def note(path, number):
    """One line with the time; whole, whoever else writes."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{number} {time.time():.3f}\n".encode())
    os.close(file)


def produce(pause):
    stopped = []
    signal.signal(signal.SIGTERM, lambda *unused: stopped.append(True))
    number = errors = 0
    results = []
    while not stopped:
        number += 1
        try:
            results.append(record.apply_async((number,), retry=False))
            note(SENT, number)
        except Exception as error:  # whatever the library raises: the job counts as not sent
            errors += 1
            print(f"job {number}: {error!r}", flush=True)
        time.sleep(pause)
    print(f"tried {number}, errors {errors}", flush=True)
    return results


def check_results(results):
    """Results come through subscriptions, so these were restored if the last ones arrive."""
    missing = 0
    end = time.monotonic() + 30
    for result in results[-20:]:
        try:
            result.get(timeout=max(0.1, end - time.monotonic()))
        except Exception as error:
            missing += 1
            print(f"result: {error!r}", flush=True)
    print(f"results of the last jobs: {len(results[-20:]) - missing} of {len(results[-20:])}", flush=True)


if __name__ == "__main__":
    check_results(produce(float(sys.argv[1])))
