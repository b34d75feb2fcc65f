// A BullMQ queue whose jobs say in a file that they were done (`worker`), and a producer for it (`producer`),
// which sends jobs until it is told to stop and writes down each one that the queue has accepted.
"use strict";

const fs = require("fs");
const { Queue, QueueEvents, Worker } = require("bullmq");

const connection = { host: "127.0.0.1", port: Number(process.env.QUEUE_PORT), maxRetriesPerRequest: null };
// All keys of the queue are in one slot, as everywhere with a cluster.
const options = { connection, prefix: "{bull}" };

function note(path, number) {
  fs.appendFileSync(path, `${number} ${(Date.now() / 1000).toFixed(3)}\n`);
}

function quietly(emitter, what) {
  emitter.on("error", (error) => console.log(`${what}: ${error.message}`));
  return emitter;
}

function work() {
  const worker = new Worker(
    "jobs",
    async (job) => note(process.env.QUEUE_DONE, job.data.number),
    { ...options, concurrency: 4, lockDuration: 5000, stalledInterval: 3000, maxStalledCount: 100 }
  );
  quietly(worker, "worker");
  process.on("SIGTERM", () => worker.close(true).finally(() => process.exit(0)));
}

async function produce(pause) {
  const queue = quietly(new Queue("jobs", options), "producer");
  const events = quietly(new QueueEvents("jobs", options), "events");
  let completed = 0;
  events.on("completed", () => (completed += 1));
  let stopped = false;
  process.on("SIGTERM", () => (stopped = true));
  let number = 0;
  let errors = 0;
  while (!stopped) {
    number += 1;
    try {
      await queue.add("record", { number }, { removeOnComplete: 100 });
      note(process.env.QUEUE_SENT, number);
    } catch (error) {
      errors += 1;
      console.log(`job ${number}: ${error.message}`);
    }
    await new Promise((resolve) => setTimeout(resolve, pause * 1000));
  }
  await new Promise((resolve) => setTimeout(resolve, 3000));
  console.log(`tried ${number}, errors ${errors}, events of completed jobs ${completed}`);
  process.exit(0);
}

if (process.argv[2] === "worker") {
  work();
} else {
  produce(Number(process.argv[3]));
}
