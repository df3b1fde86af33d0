import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  JobRunner,
  MemoryStateBackend,
  Serializers,
  StreamExecutionEnvironment,
  WatermarkStrategy,
} from '@millrace/core';
import type { ConsumerRecord, ProducerRecord, StreamGraph } from '@millrace/core';
import { describeWithServices, uniqueName } from '@millrace/testing';
import { until } from '../../test/fake-host.js';
import { KafkaConnection } from '../connection/kafka-connection.js';
import { kafkaSink } from '../sink/kafka-sink.js';
import { kafkaSource } from '../source/kafka-source.js';
import { kafkaRepartition } from './kafka-repartition.js';
import type { KafkaRepartitionOptions } from './kafka-repartition.js';

interface Event {
  readonly user: string;
  readonly course: string;
  readonly n: number;
}

const COUNT = 600;
const quick = { sessionTimeoutMs: 6_000, heartbeatIntervalMs: 300, maxWaitTimeMs: 50 };
const text = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString();

describeWithServices(['kafka'], 'a repartition through Kafka', ({ kafka }) => {
  let connection: KafkaConnection;
  let jobName: string;
  let input: string;
  let output: string;

  beforeAll(() => {
    connection = new KafkaConnection({ brokers: [...kafka.addresses] });
  });
  afterAll(() => connection.close());
  const runners: JobRunner[] = [];
  // Of a test that failed too: its consumers would keep the process.
  afterEach(async () => {
    await Promise.all(runners.splice(0).map((runner) => runner.cancel()));
  });
  const runnerOf = (...args: ConstructorParameters<typeof JobRunner>): JobRunner => {
    const runner = new JobRunner(...args);
    runners.push(runner);
    return runner;
  };
  beforeEach(async () => {
    [jobName, input, output] = [uniqueName('job'), uniqueName('by-user'), uniqueName('by-course')];
    await connection.createTopics([
      { topic: input, partitions: 3 },
      { topic: output, partitions: 1 },
    ]);
  });

  /** Events by user come in, and go on by course; `last` says what the course had before. */
  const graph = (createTopics: KafkaRepartitionOptions['createTopics'] = { partitions: 4 }): StreamGraph => {
    const env = new StreamExecutionEnvironment({ jobName });
    env
      .fromSource(kafkaSource({ connection, topics: [input], groupId: uniqueName('group'), ...quick }), {
        uid: 'events',
        watermarks: WatermarkStrategy.forMonotonousTimestamps(),
      })
      .map(({ value }) => JSON.parse(text(value)) as Event)
      .repartition(({ course }) => course, {
        uid: 'by-course',
        through: kafkaRepartition({ connection, ...(createTopics && { createTopics }), source: quick }),
        serializer: Serializers.json<Event>(),
        writers: 3,
      })
      .process<ProducerRecord>(
        {
          processElement: (event, context, out) => {
            out.collect({ key: event.course, value: JSON.stringify(event), timestamp: context.timestamp() ?? 0 });
          },
        },
        { uid: 'look' },
      )
      .sinkTo(kafkaSink({ connection, topic: output }), { uid: 'out' });
    return env.getStreamGraph();
  };

  const records = async (topic: string): Promise<ConsumerRecord[]> => {
    const found: ConsumerRecord[] = [];
    for await (const record of connection.readTopic(topic)) found.push(record);
    return found;
  };

  test('keeps the order and the timestamps of a key, and a kill in between loses nothing', async () => {
    const events = Array.from({ length: COUNT }, (_, n) => ({
      user: `u${String(n % 7)}`,
      course: `c${String(n % 10)}`,
      n,
    }));
    await connection.append(
      input,
      events.map((event) => ({ key: event.user, value: JSON.stringify(event), timestamp: 1_000_000 + event.n })),
    );
    const stateBackend = new MemoryStateBackend();
    const options = { stateBackend, checkpoint: { intervalMs: 50 }, maxInFlightPerTask: 40 };
    for (const enough of [1, COUNT / 3]) {
      const runner = runnerOf(graph(), options);
      const ended = runner.run();
      await until(async () => (await records(output)).length >= enough, 'some results', 60_000);
      // No drain, no commit: what was on its way is on its way again in the next run.
      await runner.cancel();
      await ended;
    }
    const last = runnerOf(graph(), options);
    const ended = last.run();
    const missing = async (): Promise<number[]> => {
      const seen = new Set((await records(output)).map(({ value }) => (JSON.parse(text(value)) as Event).n));
      return events.map(({ n }) => n).filter((n) => !seen.has(n));
    };
    await until(async () => (await missing()).length === 0, 'every event', 60_000);
    await last.stop();
    await ended;

    const topic = `${jobName}-by-course-repartition`;
    const written = (await records(topic)).filter(({ value }) => value !== null);
    const partitions = new Map<string, Set<number>>();
    for (const { key, partition } of written) {
      partitions.set(text(key), (partitions.get(text(key)) ?? new Set()).add(partition));
    }
    expect([...partitions.values()].every((each) => each.size === 1)).toBe(true);
    expect(new Set(written.map(({ partition }) => partition)).size).toBeGreaterThan(1);

    const results = await records(output);
    for (const record of results) {
      expect(record.timestamp).toBe(1_000_000 + (JSON.parse(text(record.value)) as Event).n);
    }
    // Of one course and one user (so of one task that writes) events come in order, repetitions aside.
    const first = new Map<string, number[]>();
    for (const { value } of results) {
      const { course, user, n } = JSON.parse(text(value)) as Event;
      const ofBoth = first.get(`${course} ${user}`) ?? [];
      if (!ofBoth.includes(n)) ofBoth.push(n);
      first.set(`${course} ${user}`, ofBoth);
    }
    for (const numbers of first.values()) expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  }, 180_000);

  test('event time goes on in every partition, until drained ends when both halves are through', async () => {
    await connection.append(
      input,
      Array.from({ length: 30 }, (_, n) => ({ key: `u${String(n)}`, value: JSON.stringify({ user: 'u', course: 'c', n }), timestamp: n })), // prettier-ignore
    );
    expect(await runnerOf(graph()).run({ untilDrained: true })).toMatchObject({ state: 'FINISHED' });
    expect((await records(output)).map(({ timestamp }) => timestamp).sort((a, b) => a! - b!)).toEqual(
      Array.from({ length: 30 }, (_, n) => n),
    );
    const told = (await records(`${jobName}-by-course-repartition`)).filter(({ value }) => value === null);
    expect(new Set(told.map(({ partition }) => partition))).toEqual(new Set([0, 1, 2, 3]));
  }, 120_000);

  test('a bounded job behind it ends by itself, with everything through', async () => {
    const env = new StreamExecutionEnvironment({ jobName });
    env
      .fromCollection(
        Array.from({ length: 50 }, (_, n) => n),
        { uid: 'numbers' },
      )
      .map((n) => String(n % 5))
      .repartition((value) => value, {
        ...{ uid: 'again', through: kafkaRepartition({ connection, createTopics: { partitions: 2 }, source: quick }) },
        serializer: Serializers.string(),
      })
      .reduce((a, b) => `${a}${b}`, { uid: 'together' })
      .map((value): ProducerRecord => ({ key: null, value }))
      .sinkTo(kafkaSink({ connection, topic: output }), { uid: 'out' });
    expect(await runnerOf(env.getStreamGraph()).run()).toMatchObject({ state: 'FINISHED' });
    const results = (await records(output)).map(({ value }) => text(value));
    expect(results).toHaveLength(50);
    for (const digit of '01234') expect(results).toContain(digit.repeat(10));
  }, 120_000);

  test('a topic that is missing is said with the way out, and is not created unasked', async () => {
    const env = new StreamExecutionEnvironment({ jobName });
    env
      .fromElements('a')
      .repartition((each) => each, {
        uid: 'x',
        through: kafkaRepartition({ connection }),
        serializer: Serializers.string(),
      })
      .stream.print();
    await expect(runnerOf(env.getStreamGraph()).run()).rejects.toMatchObject({
      code: 'ERR_REPARTITION_TOPIC_MISSING',
      message: expect.stringContaining(`"${jobName}-x-repartition" does not exist at ${connection.address}`) as unknown,
    });
    await expect(connection.describeTopic(`${jobName}-x-repartition`)).rejects.toThrow('does not exist');
  });
});
