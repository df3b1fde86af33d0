// What N synchronous operators cost an element: as a job in memory, and as the same functions in a loop.
import { generatorSource, JobRunner, StreamExecutionEnvironment } from '@millrace/core';
import { steps } from './functions.mjs';
import { counting, cpuPer } from './measure.mjs';

const COUNT = 1_000_000;
const element = (i) => ({ id: i, n: i });

async function job(length) {
  const env = new StreamExecutionEnvironment({ jobName: 'operators' });
  let stream = env.fromSource(generatorSource({ count: COUNT, generate: element }), { uid: 'in' });
  for (const { map, filter } of steps.slice(0, length)) stream = map ? stream.map(map) : stream.filter(filter);
  const sink = counting();
  stream.sinkTo(sink, { uid: 'out' });
  await new JobRunner(env.getStreamGraph()).run();
  if (sink.seen !== COUNT) throw new Error(`${sink.seen} of ${COUNT} elements came through`);
}

/** A loop over the functions, as somebody writes it who has a list of them. */
function loop(length) {
  const own = steps.slice(0, length);
  const sink = { seen: 0, write: () => (sink.seen += 1) };
  for (let i = 0; i < COUNT; i += 1) {
    let value = element(i);
    let isKept = true;
    for (const { map, filter } of own) {
      if (map) value = map(value);
      else if (!filter(value)) {
        isKept = false;
        break;
      }
    }
    if (isKept) sink.write(value);
  }
  if (sink.seen !== COUNT) throw new Error('the loop lost an element');
}

/** The same without a list: every call written down. */
function written() {
  const [a, b, c, d, e, f, g, h, i, j] = steps.map(({ map, filter }) => map ?? filter);
  const sink = { seen: 0, write: () => (sink.seen += 1) };
  for (let at = 0; at < COUNT; at += 1) {
    let value = b(a(element(at)));
    if (!c(value)) continue;
    value = e(d(value));
    if (!f(value)) continue;
    value = h(g(value));
    if (!i(value)) continue;
    sink.write(j(value));
  }
  if (sink.seen !== COUNT) throw new Error('the loop lost an element');
}

const work = { job, loop, written };
export default (runs, how, length) => cpuPer(COUNT, runs, () => work[how](Number(length)));
