import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AsyncDataStream, MemoryStateBackend, RestartStrategies, StreamExecutionEnvironment } from '@millrace/core';
import type { ConsumerRecord, ProducerRecord, StreamGraph } from '@millrace/core';
import { TestTopics, TopologyTestDriver } from '@millrace/core/testing';

/*
 * Whatever happens, in whatever order: records, failures of functions and sinks, crashes, clean stops, sinks that hang.
 * At the end no effect may be missing, and state must have counted each record once.
 */

const text = (record: ConsumerRecord): string => new TextDecoder().decode(record.value ?? undefined);

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('pipe' as const), key: fc.constantFrom('a', 'b', 'c', 'd') }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.constantFrom(1, 100, 1_000, 2_500) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('fail' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('crash' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stop' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('stall' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('unstall' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Fails once when told so. */
class Fuse {
  isLit = false;

  pass(): void {
    if (!this.isLit) return;
    this.isLit = false;
    throw new Error('fuse');
  }
}

async function live(
  steps: readonly Step[],
  build: (topics: TestTopics, fuse: Fuse) => StreamGraph,
): Promise<{ topics: TestTopics; sent: string[] }> {
  const topics = new TestTopics();
  topics.create('in', 2);
  const stateBackend = new MemoryStateBackend();
  const fuse = new Fuse();
  const options = {
    topics,
    stateBackend,
    stopTimeoutMs: 1_000,
    maxInFlightPerTask: 3,
    restartStrategy: RestartStrategies.fixedDelay(1_000, 100),
  };
  const start = (): Promise<TopologyTestDriver> => TopologyTestDriver.start(build(topics, fuse), options);
  const sent: string[] = [];
  let proceed: (() => void) | undefined;
  const unstall = (): void => {
    proceed?.();
    proceed = undefined;
  };
  let driver = await start();
  for (const each of steps) {
    switch (each.do) {
      case 'pipe': {
        const value = `${each.key}${String(sent.length)}`;
        sent.push(value);
        await driver.pipe('in', { key: each.key, value });
        break;
      }
      case 'advance':
        await driver.advance(each.ms);
        break;
      case 'fail':
        fuse.isLit = true;
        break;
      case 'crash':
        await driver.crash();
        driver = await start();
        break;
      case 'stop':
        await driver.stop();
        driver = await start();
        break;
      case 'stall':
        if (proceed === undefined) proceed = topics.stall('out');
        break;
      case 'unstall':
        unstall();
        break;
    }
  }
  unstall();
  fuse.isLit = false;
  for (let n = 0; n < 5; n += 1) await driver.advance(2_000);
  await expect(driver.stop()).resolves.toEqual({ clean: true });
  const committed = topics.committed('in').reduce((sum, position) => sum + position, 0);
  expect(committed).toBe(sent.length);
  return { topics, sent };
}

describe('whatever happens', () => {
  test('nothing is lost, and each key’s effects come in order, through admit, calls and side outputs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { topics, sent } = await live(steps, (its, fuse) => {
          const env = new StreamExecutionEnvironment({ jobName: 'integrity' });
          const admitted = env
            .fromSource(its.source('in'), { uid: 'in' })
            .map(text, { uid: 'text' })
            .keyBy((value) => value[0] ?? '')
            .admit({ uid: 'admit', capacity: 2 });
          AsyncDataStream.unorderedWait<string, ProducerRecord>(
            admitted,
            {
              asyncInvoke: async (value, context) => {
                await Promise.resolve();
                fuse.pass();
                await context.emitAcknowledged({ key: value[0] ?? '', value: `first ${value}` });
                return [{ key: value[0] ?? '', value: `then ${value}` }];
              },
            },
            { uid: 'call' },
          ).sinkTo(its.sink('out'), { uid: 'out' });
          return env.getStreamGraph();
        });
        const out = topics.records('out').map(text);
        for (const value of sent) {
          expect(out).toContain(`first ${value}`);
          expect(out.lastIndexOf(`then ${value}`)).toBeGreaterThan(out.indexOf(`first ${value}`));
        }
        // Replays apart, the first effects of a key stand in the order of its records.
        for (const key of ['a', 'b', 'c', 'd']) {
          const firsts = [...new Set(out.filter((each) => each.startsWith(`first ${key}`)))];
          expect(firsts).toEqual(sent.filter((value) => value.startsWith(key)).map((value) => `first ${value}`));
        }
      }),
      { numRuns: 100 },
    );
  }, 120_000);

  test('state counts each record exactly once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { topics, sent } = await live(steps, (its, fuse) => {
          const env = new StreamExecutionEnvironment({ jobName: 'integrity' });
          env
            .fromSource(its.source('in'), { uid: 'in' })
            .map((record) => ({ key: text(record)[0] ?? '', count: 1 }), { uid: 'one' })
            .keyBy(({ key }) => key)
            .reduce(({ key, count }) => ({ key, count: count + 1 }), { uid: 'count' })
            .map(
              ({ key, count }): ProducerRecord => {
                fuse.pass();
                return { key, value: `${key} ${String(count)}` };
              },
              { uid: 'encode' },
            )
            .sinkTo(its.sink('out'), { uid: 'out' });
          return env.getStreamGraph();
        });
        const out = topics.records('out').map(text);
        for (const key of ['a', 'b', 'c', 'd']) {
          const counts = out.filter((each) => each.startsWith(key)).map((each) => Number(each.slice(2)));
          const expected = sent.filter((value) => value.startsWith(key)).length;
          // A replay repeats outputs, but never skips one nor counts beyond what there is.
          expect(Math.max(0, ...counts)).toBe(expected);
          expect(new Set(counts).size).toBe(expected);
        }
      }),
      { numRuns: 100 },
    );
  }, 120_000);
});
