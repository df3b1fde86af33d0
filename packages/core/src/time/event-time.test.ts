import { describe, expect, test } from '@jest/globals';
import { MAX_WATERMARK, StreamExecutionEnvironment, WatermarkStrategy } from '@millrace/core';
import type { ConsumerRecord, DataStream, StreamGraph } from '@millrace/core';
import { OperatorHarness, TestTopics, TopologyTestDriver } from '@millrace/core/testing';
import { CaptureOperator } from '../testing/capture-operator.js';
import { startJob } from '../test-support/start-job.js';

/** A job that says which watermarks come to the end of it. */
function watching(build: (env: StreamExecutionEnvironment) => DataStream<ConsumerRecord>): {
  graph: StreamGraph;
  seen: number[];
  idle: boolean[];
  timestamps: (number | undefined)[];
} {
  const env = new StreamExecutionEnvironment({ jobName: 'watching' });
  const seen: number[] = [];
  const idle: boolean[] = [];
  const timestamps: (number | undefined)[] = [];
  build(env).transform('sink', { uid: 'watch' }, () => {
    return new CaptureOperator<ConsumerRecord>({
      captureRecord: (record) => timestamps.push(record.timestamp),
      captureWatermark: (watermark) => seen.push(watermark),
      captureIdle: (isIdle) => idle.push(isIdle),
    });
  });
  return { graph: env.getStreamGraph(), seen, idle, timestamps };
}

const at = (partition: number, timestamp: number): { value: string; partition: number; timestamp: number } => ({
  value: 'x',
  partition,
  timestamp,
});

describe('flink 1.6 watermark strategies', () => {
  test('bounded out-of-orderness: the newest timestamp, less the bound, less one; it never goes back', async () => {
    const topics = new TestTopics();
    const its = watching((env) =>
      env.fromSource(topics.source('in'), {
        uid: 'in',
        watermarks: WatermarkStrategy.forBoundedOutOfOrderness<ConsumerRecord>(100),
      }),
    );
    const driver = await TopologyTestDriver.start(its.graph, { topics });
    await driver.pipe('in', at(0, 1_000));
    await driver.pipe('in', at(0, 950));
    await driver.pipe('in', at(0, 1_200));
    expect(its.seen).toEqual([899, 1_099]);
    await driver.stop();
  });

  test('monotonous timestamps: the same with a bound of 0', async () => {
    const topics = new TestTopics();
    const watermarks = WatermarkStrategy.forMonotonousTimestamps<ConsumerRecord>();
    const its = watching((env) => env.fromSource(topics.source('in'), { uid: 'in', watermarks }));
    const driver = await TopologyTestDriver.start(its.graph, { topics });
    await driver.pipe('in', at(0, 10));
    expect(its.seen).toEqual([9]);
    await driver.stop();
  });

  test('the timestamp assigner sees what the source knows, and its answer goes with the element', async () => {
    const topics = new TestTopics();
    const watermarks = WatermarkStrategy.forMonotonousTimestamps<ConsumerRecord>().withTimestampAssigner(
      (_record, known) => (known ?? 0) * 2,
    );
    const its = watching((env) => env.fromSource(topics.source('in'), { uid: 'in', watermarks }));
    const driver = await TopologyTestDriver.start(its.graph, { topics });
    await driver.pipe('in', at(0, 10));
    expect([its.timestamps, its.seen]).toEqual([[20], [19]]);
    await driver.stop();
  });

  test('several splits of one task: each has a generator of its own, their minimum goes on', async () => {
    const topics = new TestTopics();
    const watermarks = WatermarkStrategy.forMonotonousTimestamps<ConsumerRecord>();
    const its = watching((env) => env.fromSource(topics.source(['a', 'b']), { uid: 'in', watermarks }));
    const driver = await TopologyTestDriver.start(its.graph, { topics });
    await driver.pipe('a', at(0, 100));
    expect(its.seen).toEqual([]);
    await driver.pipe('b', at(0, 50));
    await driver.pipe('b', at(0, 300));
    expect(its.seen).toEqual([49, 99]);
    await driver.stop();
  });

  test('a custom generator may emit on each event, and say itself that nothing comes', async () => {
    const topics = new TestTopics();
    const watermarks = WatermarkStrategy.forGenerator<ConsumerRecord>(() => ({
      onEvent: (_event, timestamp, output) => {
        output.emitWatermark(timestamp);
        if (timestamp === 7) output.markIdle();
      },
      onPeriodicEmit: () => undefined,
    }));
    const its = watching((env) => env.fromSource(topics.source('in'), { uid: 'in', watermarks }));
    const driver = await TopologyTestDriver.start(its.graph, { topics });
    await driver.pipe('in', at(0, 3), at(0, 7), at(0, 9));
    expect([its.seen, its.idle]).toEqual([
      [3, 7, 9],
      [true, false],
    ]);
    await driver.stop();
  });

  test('no watermarks: none comes', async () => {
    const topics = new TestTopics();
    const watermarks = WatermarkStrategy.noWatermarks<ConsumerRecord>();
    const its = watching((env) => env.fromSource(topics.source('in'), { uid: 'in', watermarks }));
    const driver = await TopologyTestDriver.start(its.graph, { topics });
    await driver.pipe('in', at(0, 10));
    await driver.advance(10_000);
    expect(its.seen).toEqual([]);
    await driver.stop();
  });
});

describe('flink 1.6 idleness', () => {
  const setting = (): { topics: TestTopics; its: ReturnType<typeof watching> } => {
    const topics = new TestTopics();
    const watermarks = WatermarkStrategy.forMonotonousTimestamps<ConsumerRecord>().withIdleness(1_000);
    return {
      topics,
      its: watching((env) => env.fromSource(topics.source(['a', 'b']), { uid: 'in', watermarks })),
    };
  };

  test('a split without elements holds the others back until its time is over, and again when it has some', async () => {
    const { topics, its } = setting();
    const driver = await TopologyTestDriver.start(its.graph, { topics });
    await driver.pipe('a', at(0, 100));
    await driver.advance(800);
    expect(its.seen).toEqual([]);
    await driver.pipe('a', at(0, 200));
    await driver.advance(400);
    expect(its.seen).toEqual([199]);
    await driver.pipe('b', at(0, 250));
    await driver.pipe('a', at(0, 900));
    expect(its.seen).toEqual([199, 249]);
    await driver.stop();
  });

  test('all idle: the task is, and elements end it', async () => {
    const { topics, its } = setting();
    const driver = await TopologyTestDriver.start(its.graph, { topics });
    await driver.pipe('a', at(0, 100));
    await driver.advance(3_000);
    expect(its.idle).toEqual([true]);
    await driver.pipe('b', at(0, 500));
    expect(its.idle).toEqual([true, false]);
    await driver.stop();
  });

  test('idleness and drift must make sense', () => {
    expect(() => WatermarkStrategy.noWatermarks().withIdleness(0)).toThrow(RangeError);
    expect(() => WatermarkStrategy.forBoundedOutOfOrderness(-1)).toThrow(RangeError);
    expect(() => WatermarkStrategy.noWatermarks().withWatermarkAlignment('g', -1)).toThrow(RangeError);
  });
});

describe('flink 1.6 alignment', () => {
  test('a split that is too far ahead is not read until the slowest has caught up', async () => {
    const topics = new TestTopics();
    topics.create('in', 2);
    const watermarks = WatermarkStrategy.forMonotonousTimestamps<ConsumerRecord>().withWatermarkAlignment('g', 100, 50);
    const its = watching((env) => env.fromSource(topics.source('in'), { uid: 'in', watermarks }));
    const driver = await TopologyTestDriver.start(its.graph, { topics });
    await driver.pipe('in', at(1, 10));
    await driver.pipe('in', at(0, 500));
    await driver.pipe('in', at(0, 600));
    await driver.advance(1_000);
    expect(its.timestamps).toEqual([10, 500]);
    await driver.pipe('in', at(1, 450));
    await driver.advance(50);
    expect(its.timestamps).toEqual([10, 500, 450, 600]);
    await driver.stop();
  });
});

describe('flink 1.6 assigning timestamps downstream', () => {
  test("takes the place of the source's own event time", async () => {
    const harness = await OperatorHarness.forStream<number, number>((stream) =>
      stream.assignTimestampsAndWatermarks(
        WatermarkStrategy.forMonotonousTimestamps<number>().withTimestampAssigner((value) => value * 10),
        { uid: 'assign' },
      ),
    );
    await harness.processElement(5, 1);
    await harness.processWatermark(3);
    await harness.advance(200);
    expect(harness.records()).toEqual([{ value: 5, timestamp: 50 }]);
    expect(harness.watermarks()).toEqual([49]);
    await harness.endInput();
    expect(harness.watermarks()).toEqual([49, MAX_WATERMARK]);
    await harness.close();
    expect(harness.clock.pendingTimers).toBe(0);
  });

  test("its generator is asked behind each chunk, and at the job's interval, unless that is 0", async () => {
    for (const [interval, idleAfter] of [
      [100, [false, true, true]],
      [1_500, [false, false, true]],
      [0, [false, false, false]],
    ] as const) {
      const topics = new TestTopics();
      const strategy = WatermarkStrategy.forMonotonousTimestamps<ConsumerRecord>().withIdleness(500);
      const its = watching((env) =>
        env.fromSource(topics.source('in'), { uid: 'in' }).assignTimestampsAndWatermarks(strategy, { uid: 'assign' }),
      );
      const driver = await TopologyTestDriver.start(its.graph, { topics, autoWatermarkIntervalMs: interval });
      await driver.pipe('in', at(0, 5));
      expect(its.seen).toEqual([4]);
      await driver.pipe('in', at(0, 10));
      expect(its.seen).toEqual([4, 9]);
      const seen = [];
      for (const ms of [300, 700, 3_000]) {
        await driver.advance(ms);
        seen.push(its.idle.includes(true));
      }
      expect([interval, seen]).toEqual([interval, idleAfter]);
      await driver.stop();
    }
  });
});

describe('the end of event time', () => {
  test('comes with the end of bounded sources; a job of them alone ends by itself', async () => {
    const topics = new TestTopics();
    const its = watching((env) => env.fromSource(topics.source('in', { isBounded: true }), { uid: 'in' }));
    topics.append('in', at(0, 10));
    topics.append('in', at(0, 20));
    const job = await startJob(its.graph);
    await job.clock.advance(200);
    expect(await job.ended).toMatchObject({ state: 'FINISHED', read: 2 });
    expect([its.timestamps, its.seen]).toEqual([[10, 20], [MAX_WATERMARK]]);
    expect(topics.committed('in')).toEqual([2]);
  });

  test('comes with a stop that drains, and not with any other', async () => {
    for (const drain of [true, false]) {
      const topics = new TestTopics();
      const its = watching((env) => env.fromSource(topics.source('in'), { uid: 'in' }));
      const job = await startJob(its.graph);
      topics.append('in', at(0, 10));
      await job.clock.advance(10);
      await expect(job.runner.stop({ drain })).resolves.toEqual({ clean: true });
      expect(its.seen).toEqual(drain ? [MAX_WATERMARK] : []);
    }
  });
});
