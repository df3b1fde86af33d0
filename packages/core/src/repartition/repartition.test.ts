import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  AsyncDataStream,
  MemoryStateBackend,
  Serializers,
  StreamExecutionEnvironment,
  TumblingEventTimeWindows,
  WatermarkStrategy,
} from '@millrace/core';
import type { DataStream, KeyedStream, ProducerRecord, Serializer, StreamGraph } from '@millrace/core';
import { TestTopics, testRepartition, TopologyTestDriver } from '@millrace/core/testing';
import { StreamOperator } from '../runtime/operator.js';
import { StreamRecord } from '../runtime/stream-record.js';
import { startJob } from '../test-support/start-job.js';

/** Gives elements their own time, or none. */
class StampOperator extends StreamOperator<
  { readonly time: number | undefined },
  { readonly time: number | undefined }
> {
  override processElement({ value, scope }: StreamRecord<{ readonly time: number | undefined }>): void {
    this.out.next(new StreamRecord(value, value.time, scope));
  }
}

interface Word {
  readonly word: string;
  readonly n: number;
}

const TOPIC = 'job-by-word-repartition';
const text = (value: Uint8Array | null): string => Buffer.from(value ?? []).toString();

/** Lines of `n word word ...` come in by partition; words go on by word. */
function graphOf(
  topics: TestTopics,
  then: (words: KeyedStream<string, Word>) => DataStream<ProducerRecord>,
  serializer: Serializer<Word> = Serializers.json<Word>(),
  partitions = 3,
): StreamGraph {
  const env = new StreamExecutionEnvironment({ jobName: 'job' });
  const words = env
    .fromSource(topics.source('lines'), { uid: 'lines', watermarks: WatermarkStrategy.forMonotonousTimestamps() })
    .flatMap<Word>(({ value }, out) => {
      const [n, ...rest] = text(value).split(' ');
      for (const word of rest) out.collect({ word, n: Number(n) });
    })
    .repartition(({ word }) => word, {
      uid: 'by-word',
      through: testRepartition(topics, partitions),
      serializer,
      writers: 2,
    });
  then(words).sinkTo(topics.sink('out'), { uid: 'out' });
  return env.getStreamGraph();
}

const counted = (words: KeyedStream<string, Word>): DataStream<ProducerRecord> =>
  words.process<ProducerRecord>(
    {
      processElement: ({ word, n }, context, out) => {
        out.collect({ key: word, value: String(n), timestamp: context.timestamp() ?? 0 }); // prettier-ignore
      },
    },
    { uid: 'count' },
  );

function twoPartitions(): TestTopics {
  const topics = new TestTopics();
  topics.create('lines', 2);
  return topics;
}

describe('repartition', () => {
  test('sends every element of a key to one partition of a topic named by job and uid, in order, with its timestamp', async () => {
    const topics = twoPartitions();
    const driver = await TopologyTestDriver.start(graphOf(topics, counted), { topics });
    for (let n = 0; n < 40; n += 1) {
      await driver.pipe('lines', { value: `${String(n)} grain water w${String(n % 7)}`, partition: n % 2, timestamp: 1_000 + n }); // prettier-ignore
    }
    const elements = topics.records(TOPIC).filter(({ value }) => value !== null);
    expect(elements).toHaveLength(120);
    const partitionsOf = new Map<string, Set<number>>();
    for (const { key, partition } of elements) {
      partitionsOf.set(text(key), (partitionsOf.get(text(key)) ?? new Set()).add(partition));
    }
    expect([...partitionsOf.values()].every((partitions) => partitions.size === 1)).toBe(true);
    const out = driver.read('out');
    expect(out).toHaveLength(120);
    for (const word of ['grain', 'water']) {
      const mine = out.filter(({ key }) => key === word);
      expect(mine.map(({ value }) => Number(value))).toEqual(Array.from({ length: 40 }, (_, n) => n));
      expect(mine.map(({ timestamp }) => timestamp)).toEqual(Array.from({ length: 40 }, (_, n) => 1_000 + n));
    }
    await driver.stop();
  });

  test('describes itself: two halves with a topic in between', () => {
    expect(graphOf(twoPartitions(), counted).describe()).toBe(
      [
        'Job: job',
        '  1  Source: lines  (test: lines)',
        '  2  flatMap [flatMap]  <- 1',
        '  3  by-word: write [repartition]  <- 2',
        `  4  Sink: by-word: topic  (test: ${TOPIC})  <- 3`,
        `  5  Source: by-word  (test: ${TOPIC})`,
        '  6  by-word: read [repartition]  <- 5',
        '  7  count [keyedProcess]  <- 6',
        '  8  Sink: out  (test: out)  <- 7',
        '',
      ].join('\n'),
    );
  });

  test('event time is the minimum of the writing tasks, and reaches partitions that get no element', async () => {
    const topics = twoPartitions();
    const fired: string[] = [];
    const timed = (words: KeyedStream<string, Word>): DataStream<ProducerRecord> =>
      words.process<ProducerRecord>(
        {
          processElement: (_, context) => {
            context.timerService().registerEventTimeTimer((context.timestamp() ?? 0) + 100);
          },
          onTimer: (timestamp, context, out) => {
            fired.push(`${context.getCurrentKey()} ${String(timestamp)}`);
            out.collect({ key: context.getCurrentKey(), value: String(timestamp) });
          },
        },
        { uid: 'timers' },
      );
    const driver = await TopologyTestDriver.start(graphOf(topics, timed), { topics });
    await driver.pipe('lines', { value: '1 grain', partition: 0, timestamp: 1_000 });
    await driver.pipe('lines', { value: '2 other', partition: 0, timestamp: 5_000 });
    await driver.advance(1_000);
    // The second task has not been heard of.
    expect(fired).toEqual([]);
    await driver.pipe('lines', { value: '3 late', partition: 1, timestamp: 1_050 });
    await driver.advance(1_000);
    expect(fired).toEqual([]);
    await driver.pipe('lines', { value: '4 late', partition: 1, timestamp: 4_000 });
    await driver.advance(1_000);
    expect(fired.sort()).toEqual(['grain 1100', 'late 1150']);
    await driver.stop();
  });

  test('elements without a timestamp have none behind it, others theirs to the fraction', async () => {
    const topics = new TestTopics();
    const env = new StreamExecutionEnvironment({ jobName: 'job' });
    const seen: unknown[] = [];
    env
      .fromCollection([undefined, -5.25, 0, 1_000], { uid: 'times' })
      .map((time) => ({ time }))
      .transform('map', { uid: 'stamp' }, () => new StampOperator())
      .repartition(() => 'key', {
        uid: 'again',
        through: testRepartition(topics),
        serializer: Serializers.structuredClone(),
      })
      .process<never>(
        { processElement: ({ time }, context) => void seen.push([time, context.timestamp()]) },
        { uid: 'look' },
      )
      .sinkTo(topics.sink('out'), { uid: 'out' });
    const driver = await TopologyTestDriver.start(env.getStreamGraph(), { topics });
    await driver.settled();
    expect(seen).toEqual([undefined, -5.25, 0, 1_000].map((time) => [time, time]));
    await driver.stop();
  });

  test('a crash at any moment between the halves loses nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        async (crashes, stalls) => {
          const topics = twoPartitions();
          const stateBackend = new MemoryStateBackend();
          let n = 0;
          for (const more of crashes) {
            const proceed = stalls ? topics.stall(n % 2 === 0 ? TOPIC : 'out') : () => undefined;
            const driver = await TopologyTestDriver.start(graphOf(topics, counted), { topics, stateBackend });
            for (let i = 0; i < more; i += 1) {
              await driver.pipe('lines', { value: `${String(n)} grain`, partition: n % 2 });
              n += 1;
            }
            if (n % 3 === 0) await driver.advance(1_000);
            await driver.crash();
            proceed();
          }
          const driver = await TopologyTestDriver.start(graphOf(topics, counted), { topics, stateBackend });
          await driver.advance(1_000);
          const out = new Set(topics.records('out').map(({ value }) => Number(text(value))));
          expect([...out].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
          await driver.stop();
        },
      ),
      { numRuns: 15 },
    );
  });

  test('what an older version of the serializer wrote is migrated, what another one wrote fails the job', async () => {
    const json = Serializers.json<Word>();
    const v2: Serializer<Word> = {
      ...json,
      version: 2,
      migrate: (bytes, from) => ({ ...json.deserialize(bytes), n: -from }),
    };
    const topics = twoPartitions();
    const stalled = topics.stall('out');
    const first = await TopologyTestDriver.start(graphOf(topics, counted), { topics });
    await first.pipe('lines', { value: '7 grain', partition: 0 });
    await first.crash();
    stalled();
    const second = await TopologyTestDriver.start(graphOf(topics, counted, v2), { topics });
    expect(second.read('out').map(({ value }) => value)).toContain('-1');
    await second.crash();
    await expect(
      TopologyTestDriver.start(graphOf(topics, counted, { ...json, id: 'other' }), { topics }),
    ).rejects.toThrow(/was written as "[12] json", the serializer is "1 other"/);
  });

  test('until drained: the second half is through with what the first half wrote to it', async () => {
    const topics = twoPartitions();
    for (let n = 0; n < 50; n += 1) topics.append('lines', { value: `${String(n)} grain`, partition: n % 2 });
    const job = await startJob(graphOf(topics, counted), { untilDrained: true });
    await job.clock.advance(10_000);
    expect(job.runner.state).toBe('FINISHED');
    expect(topics.records('out')).toHaveLength(50);
    expect(await job.ended).toMatchObject({ state: 'FINISHED' });
  });

  describe('flink 1.5: a bounded job', () => {
    interface Sum {
      readonly name: string;
      readonly n: number;
    }

    /** Sums by word over windows of event time, then by the word's length over windows that wait for the clock. */
    function bounded(topics: TestTopics, between: Promise<void> = Promise.resolve()): StreamGraph {
      const env = new StreamExecutionEnvironment({ jobName: 'job' });
      const sums = env
        .fromSource(topics.source('lines', { isBounded: true }), {
          uid: 'lines',
          watermarks: WatermarkStrategy.forMonotonousTimestamps(),
        })
        .map<Sum>(({ value }) => ({ name: text(value), n: 1 }))
        .repartition(({ name }) => name, {
          ...{ uid: 'by-name', through: testRepartition(topics, 3), writers: 2 },
          serializer: Serializers.json<Sum>(),
        })
        .window(TumblingEventTimeWindows.of(1_000))
        .reduce((a, b) => ({ ...a, n: a.n + b.n }), { uid: 'by-second' })
        .map<Sum>(({ name, n }) => ({ name: String(name.length), n }));
      AsyncDataStream.unorderedWait(sums, { asyncInvoke: async (sum) => (await between, [sum]) }, { uid: 'between' })
        .repartition(({ name }) => name, {
          ...{ uid: 'by-length', through: testRepartition(topics, 2), writers: 3 },
          serializer: Serializers.json<Sum>(),
        })
        .countWindow(1_000)
        .orTimeout(86_400_000)
        .reduce((a, b) => ({ ...a, n: a.n + b.n }), { uid: 'all' })
        .map(({ name, n }): ProducerRecord => ({ key: name, value: String(n) }))
        .sinkTo(topics.sink('out'), { uid: 'out' });
      return env.getStreamGraph();
    }

    function someLines(): TestTopics {
      const topics = twoPartitions();
      for (let n = 0; n < 60; n += 1) {
        topics.append('lines', { value: n % 3 === 0 ? 'water' : 'oil', partition: n % 2, timestamp: n * 100 });
      }
      return topics;
    }

    const out = (topics: TestTopics): string[] =>
      topics.records('out').map(({ key, value }) => `${text(key)} ${text(value)}`).sort(); // prettier-ignore

    test('behind repartitions ends by itself: windows fire in each part at its end, and all is read to the end', async () => {
      const topics = someLines();
      const job = await startJob(bounded(topics));
      await job.clock.advance(10_000);
      expect(job.runner.state).toBe('FINISHED');
      expect(out(topics)).toEqual(['3 40', '5 20']);
      expect(await job.ended).toMatchObject({ state: 'FINISHED' });
    });

    test('does not end while what it wrote to a repartition topic is not read, and ends when it is', async () => {
      const topics = someLines();
      const proceed = topics.stall('out');
      const job = await startJob(bounded(topics));
      await job.clock.advance(60_000);
      expect(job.runner.state).toBe('RUNNING');
      proceed();
      await job.clock.advance(10_000);
      expect(job.runner.state).toBe('FINISHED');
      expect(out(topics)).toEqual(['3 40', '5 20']);
    });

    test('does not end a repartition topic while a call that will write to it is under way', async () => {
      const topics = someLines();
      let proceed = (): void => undefined;
      const between = new Promise<void>((resolve) => (proceed = resolve));
      const job = await startJob(bounded(topics, between));
      await job.clock.advance(60_000);
      expect([job.runner.state, out(topics)]).toEqual(['RUNNING', []]);
      proceed();
      await job.clock.advance(10_000);
      expect(job.runner.state).toBe('FINISHED');
      expect(out(topics)).toEqual(['3 40', '5 20']);
    });

    test('that crashed before its end loses nothing and ends in the next run; one more has nothing to do', async () => {
      const topics = someLines();
      const stateBackend = new MemoryStateBackend();
      const proceed = topics.stall('job-by-length-repartition');
      const driver = await TopologyTestDriver.start(bounded(topics), { topics, stateBackend });
      await driver.crash();
      proceed();
      const job = await startJob(bounded(topics), { stateBackend });
      await job.clock.advance(10_000);
      expect(job.runner.state).toBe('FINISHED');
      // What was written to a topic and not acknowledged before the crash is there twice: at least once, as to any sink.
      const results = topics.records('out').map(({ value }) => Number(text(value)));
      expect(results).toHaveLength(2);
      expect(Math.min(...results)).toBeGreaterThanOrEqual(20);
      expect(Math.max(...results)).toBeGreaterThanOrEqual(40);
      const again = await startJob(bounded(topics), { stateBackend });
      await again.clock.advance(10_000);
      expect(again.runner.state).toBe('FINISHED');
      expect(topics.records('out')).toHaveLength(2);
    });
  });

  test.each([0, 1.5])('%p writers are refused', (writers) => {
    const env = new StreamExecutionEnvironment({ jobName: 'job' });
    expect(() =>
      env.fromElements('a').repartition((each) => each, {
        uid: 'x',
        through: testRepartition(new TestTopics()),
        serializer: Serializers.string(),
        writers,
      }),
    ).toThrow(RangeError);
  });
});
