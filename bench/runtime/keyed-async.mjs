// One call at a time for each key, at most so many at once: the operator, and a queue written by hand.
import { AsyncDataStream, generatorSource, JobRunner, StreamExecutionEnvironment } from '@millrace/core';
import { counting, cpuPer } from './measure.mjs';

const COUNT = 200_000;
const KEYS = 1_000;
/** As many as a job takes in at once. */
const TAKEN = 1_024;

/** A service that answers all that asked in one turn of the event loop in the next. */
function service() {
  let asked = [];
  const answer = () => {
    const answered = asked;
    asked = [];
    for (const { resolve, element } of answered) resolve([element]);
  };
  return (element) =>
    new Promise((resolve) => {
      if (asked.length === 0) setImmediate(answer);
      asked.push({ resolve, element });
    });
}

const keyOf = (element) => element.key;
const element = (i) => ({ key: (i * 7919) % KEYS, i });

async function operator(capacity) {
  const env = new StreamExecutionEnvironment({ jobName: 'keyed-async' });
  const ask = service();
  const source = generatorSource({ count: COUNT, generate: element });
  const keyed = env.fromSource(source, { uid: 'in' }).keyBy(keyOf);
  const sink = counting();
  AsyncDataStream.keyedWait(keyed, { asyncInvoke: ask }, { uid: 'ask', capacity }).sinkTo(sink, { uid: 'out' });
  await new JobRunner(env.getStreamGraph()).run();
  if (sink.seen !== COUNT) throw new Error(`${sink.seen} of ${COUNT} elements came through`);
}

async function hand(capacity) {
  const ask = service();
  const waiting = new Map();
  const line = [];
  let [active, taken, seen] = [0, 0, 0];
  let wake;
  const through = (key) => {
    active -= 1;
    taken -= 1;
    seen += 1;
    if (waiting.get(key).length === 0) waiting.delete(key);
    else line.push(key);
    serve();
    wake?.();
  };
  const serve = () => {
    while (active < capacity && line.length > 0) {
      const key = line.shift();
      active += 1;
      ask(waiting.get(key).shift()).then(
        () => through(key),
        (error) => {
          throw error;
        },
      );
    }
  };
  for (let i = 0; i < COUNT; i += 1) {
    while (taken === TAKEN) {
      await new Promise((resolve) => (wake = resolve));
      wake = undefined;
    }
    taken += 1;
    const next = element(i);
    const queue = waiting.get(next.key);
    if (queue === undefined) {
      waiting.set(next.key, [next]);
      line.push(next.key);
      serve();
    } else queue.push(next);
  }
  while (seen < COUNT) await new Promise((resolve) => (wake = resolve));
}

const work = { operator, hand };
export default (runs, how, capacity) => cpuPer(COUNT, runs, () => work[how](Number(capacity)));
