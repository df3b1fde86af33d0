import { describe, expect, test } from '@jest/globals';
import { collectionSource, generatorSource, printSink, pullSource, StreamExecutionEnvironment } from '@millrace/core';
import type { ProducerRecord } from '@millrace/core';
import { ManualClock, SourceHarness, TestTopics, TopologyTestDriver } from '@millrace/core/testing';
import { startJob } from '../test-support/start-job.js';

async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('a generator', () => {
  test('makes elements from their index, with the time given; splits deal indexes out', async () => {
    const source = generatorSource({ generate: (n) => n * n, timestampOf: (n) => 1_000 + n, count: 5, splits: 2 });
    const harness = await SourceHarness.open(source);
    await Promise.all([harness.whenFinished('generator-0'), harness.whenFinished('generator-1')]);
    const of = (split: string) => harness.taken.filter((each) => each.split === split).map(({ value, timestamp }) => [value, timestamp]); // prettier-ignore
    expect(of('generator-0')).toEqual([[0, 1_000], [4, 1_002], [16, 1_004]]); // prettier-ignore
    expect(of('generator-1')).toEqual([[1, 1_001], [9, 1_003]]); // prettier-ignore
    await harness.close();
  });

  test('keeps its pace, and makes up for back-pressure by one second at most', async () => {
    const clock = new ManualClock();
    const harness = await SourceHarness.open(generatorSource({ generate: (n) => n, ratePerSecond: 10 }), { clock });
    await turns();
    await clock.advance(950);
    expect(harness.taken).toHaveLength(10);
    harness.hold();
    await clock.advance(100);
    expect(harness.taken).toHaveLength(11);
    await clock.advance(60_000);
    harness.release();
    await turns();
    expect(harness.taken.length).toBeGreaterThan(15);
    expect(harness.taken.length).toBeLessThanOrEqual(23);
    expect(harness.finished).toEqual([]);
    expect(harness.problems()).toEqual([]);
    await harness.close();
    expect(clock.pendingTimers).toBe(0);
  });

  test('endless and unpaced it ends where it stood, in a run until drained', async () => {
    const harness = await SourceHarness.open(generatorSource({ generate: (n) => n }), { isHeld: true });
    await turns();
    await harness.reader.captureEnd();
    expect(await harness.reader.isDrained(new Map())).toBe(false);
    harness.release();
    await turns(2);
    expect(await harness.reader.isDrained(harness.settled())).toBe(true);
    await harness.close();
  });

  test.each([{ count: -1 }, { count: 1.5 }, { ratePerSecond: 0 }, { splits: 0 }])('%p is refused', (options) => {
    expect(() => generatorSource({ generate: String, ...options })).toThrow(RangeError);
  });
});

describe('bounded sources in a job', () => {
  test('a job of collections ends by itself, every element settled', async () => {
    const topics = new TestTopics();
    const env = new StreamExecutionEnvironment({ jobName: 'job' });
    env
      .fromCollection(
        Array.from({ length: 1_200 }, (_, n) => n),
        { uid: 'numbers' },
      )
      .union(env.fromElements(-1, -2))
      .map((n): ProducerRecord => ({ key: null, value: String(n) }))
      .sinkTo(topics.sink('out'), { uid: 'out' });
    const job = await startJob(env.getStreamGraph());
    await job.clock.advance(1_000);
    expect(await job.ended).toMatchObject({ state: 'FINISHED', read: 1_202 });
    expect(topics.records('out')).toHaveLength(1_202);
  });

  test('a restart goes on at the last checkpoint, although the source keeps no positions; a new run begins anew', async () => {
    const seen: number[] = [];
    let isBroken = true;
    const env = new StreamExecutionEnvironment({ jobName: 'job' });
    env
      .fromSource(generatorSource({ generate: (n) => n, count: 30, ratePerSecond: 10 }), { uid: 'numbers' })
      .map((n) => {
        if (n === 25 && isBroken) {
          isBroken = false;
          throw new Error('once');
        }
        seen.push(n);
        return n;
      })
      .sinkTo(printSink({ stream: { write: (_, done) => done() } }), { uid: 'out' });
    const graph = env.getStreamGraph();
    const { RestartStrategies } = await import('@millrace/core');
    const job = await startJob(graph, { restartStrategy: RestartStrategies.fixedDelay(1, 10) });
    await job.clock.advance(10_000);
    expect(await job.ended).toMatchObject({ state: 'FINISHED', restarts: 1 });
    expect(new Set(seen)).toEqual(new Set(Array.from({ length: 30 }, (_, n) => n)));
    expect(seen.length).toBeLessThan(30 + 15);
    seen.length = 0;
    const again = await startJob(graph);
    await again.clock.advance(10_000);
    await again.ended;
    expect(seen).toHaveLength(30);
  });

  test('collections can meet: their splits share a task', async () => {
    const topics = new TestTopics();
    const env = new StreamExecutionEnvironment({ jobName: 'job' });
    env
      .fromCollection(['a', 'b'], { uid: 'left' })
      .connect(env.fromCollection([1, 2, 3], { uid: 'right' }))
      .map({ map1: (letter) => letter, map2: (n) => String(n) }, { uid: 'both' })
      .map((value): ProducerRecord => ({ key: null, value }))
      .sinkTo(topics.sink('out'), { uid: 'out' });
    const driver = await TopologyTestDriver.start(env.getStreamGraph(), { topics });
    await driver.advance(1_000);
    expect(driver.read('out').map(({ value }) => value).sort()).toEqual(['1', '2', '3', 'a', 'b']); // prettier-ignore
    await driver.stop();
  });
});

describe('a source that is asked', () => {
  test('that throws fails the attempt; after it was closed nobody hears of it', async () => {
    const failing = pullSource<string>({
      kind: 'test',
      description: 'fails',
      open: () => Promise.resolve([{ id: 'x', pull: () => Promise.reject(new Error('gone')), end: () => 0 }]),
    });
    const harness = await SourceHarness.open(failing);
    await turns();
    expect(harness.failures).toEqual([new Error('gone')]);
    await harness.close();
    const waiting = pullSource<string>({
      kind: 'test',
      description: 'waits',
      open: () =>
        Promise.resolve([
          {
            id: 'x',
            pull: (_, signal) =>
              new Promise((_resolve, reject) => {
                signal.addEventListener('abort', () => {
                  reject(signal.reason as Error);
                });
              }),
            end: () => 0,
          },
        ]),
    });
    const closed = await SourceHarness.open(waiting);
    await turns();
    await closed.close();
    expect(closed.failures).toEqual([]);
  });
});

describe('print', () => {
  test('writes a line for each element, with the label before it; a format that throws fails the element', async () => {
    const printed: string[] = [];
    const stream = {
      write: (text: string, done: () => void): void => {
        printed.push(text);
        done();
      },
    };
    const env = new StreamExecutionEnvironment({ jobName: 'job' });
    const elements = env.fromCollection<unknown>(['text', { a: 1 }, undefined], { uid: 'in' });
    elements.sinkTo(printSink({ label: 'out', stream }), { uid: 'out' });
    const job = await startJob(env.getStreamGraph());
    await job.clock.advance(1_000);
    await job.ended;
    expect(printed).toEqual(['out> text\n', 'out> {"a":1}\n', 'out> undefined\n']);
  });

  test('a collection describes itself', () => {
    expect(collectionSource([1, 2]).description).toBe('2 elements');
  });
});
