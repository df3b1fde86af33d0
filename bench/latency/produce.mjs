// node produce.mjs BROKERS TOPIC RATE SECONDS: so many records a second, a burst every few milliseconds at times that do
// not depend on how fast the ones before went (RATE Infinity: one batch after another). A record's `ets` is when it was due.
// Says `ready`, is told on standard input when to begin, prints how many it sent.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { mendedProducer, sendMended } from '../core/mended-clients.mjs';
import { requestAt } from '../core/workload.mjs';
import { now } from './clock.mjs';

const BURST_MS = 5;
const BATCH = 1_000;
const [brokers, topic] = [process.argv[2].split(','), process.argv[3]];
const [rate, seconds] = process.argv.slice(4).map(Number);

const producer = mendedProducer(brokers);
await producer.connect();
let sent = 0;
const recordsOf = (length, at) => Array.from({ length }, (_, i) => requestAt(sent + i, at));

process.stdout.write('ready\n');
const [line] = await once(process.stdin, 'data');
const startAt = Number(line);
await sleep(startAt - now());
if (rate === Infinity) {
  while (now() < startAt + seconds * 1_000) {
    await sendMended(producer, topic, recordsOf(BATCH, now()));
    sent += BATCH;
  }
} else {
  const unanswered = new Set();
  for (let burst = 1; burst * BURST_MS <= seconds * 1_000; burst += 1) {
    const due = startAt + burst * BURST_MS;
    if (due > now()) await sleep(due - now());
    const length = Math.floor((burst * BURST_MS * rate) / 1_000) - sent;
    if (length === 0) continue;
    const sending = sendMended(producer, topic, recordsOf(length, due)).finally(() => unanswered.delete(sending));
    unanswered.add(sending);
    sent += length;
  }
  await Promise.all(unanswered);
}
await producer.disconnect();
process.stdin.destroy();
process.stdout.write(`${JSON.stringify({ sent })}\n`);
