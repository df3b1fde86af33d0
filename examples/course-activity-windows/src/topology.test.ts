import { describe, expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Sink, StreamGraph } from '@millrace/core';
import { restartAnywhere, TestTopics, TopologyTestDriver } from '@millrace/core/testing';
import type { InputRecord } from '@millrace/core/testing';
import { buildTopology } from './topology.js';
import type { TopologyOptions } from './topology.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const PARTITIONS = 2;

/** A table as a topic of JSON. */
function tableSink<T>(topics: TestTopics, name: string): Sink<T> {
  const sink = topics.sink(name);
  return {
    ...sink,
    async open(host) {
      const writer = await sink.open(host);
      return {
        write: (row, ack) => writer.write({ key: null, value: JSON.stringify(row) }, ack),
        flush: () => writer.flush(),
        close: () => writer.close(),
      };
    },
  };
}

function graphOn(topics: TestTopics): StreamGraph {
  const options: TopologyOptions = {
    source: topics.source('events'),
    through: {
      kind: 'test',
      topic: (name) => ({
        sink: topics.sink(name),
        source: topics.source(name),
        partitions: () => Promise.resolve(PARTITIONS),
      }),
    },
    writers: PARTITIONS,
    sinks: {
      sessions: tableSink(topics, 'sessions'),
      activity: tableSink(topics, 'activity'),
      late: topics.sink('late'),
      failed: topics.sink('failed'),
    },
    times: {
      outOfOrderness: MINUTE,
      sessionGap: 30 * MINUTE,
      window: HOUR,
      allowedLateness: 10 * MINUTE,
      idleness: HOUR,
    },
    count: () => undefined,
  };
  return buildTopology(options);
}

const createTopics = (topics: TestTopics): void => {
  topics.create('events', PARTITIONS);
  topics.create('course-activity-windows-by-course-repartition', PARTITIONS);
};

const event = (userid: string, courseid: string, contentid: string, minutes: number): InputRecord => ({
  topic: 'events',
  key: userid,
  value: JSON.stringify({ userid, courseid, contentid, ets: minutes * MINUTE }),
});

/** Two partitions are heard of: `asha` and `ben` are in different ones. */
const records: readonly InputRecord[] = [
  event('asha', 'maths', 'c1', 1),
  event('ben', 'maths', 'c1', 2),
  event('asha', 'maths', 'c2', 10),
  { topic: 'events', key: 'asha', value: '{"userid":"asha"}' },
  event('asha', 'maths', 'c1', 50),
  event('asha', 'maths', 'c1', 62),
  event('ben', 'maths', 'c1', 64),
  event('ben', 'maths', 'c3', 63),
  event('asha', 'maths', 'c9', 5), // an hour late, in the time that corrects a count
  event('asha', 'maths', 'c1', 200),
  event('ben', 'maths', 'c1', 201),
  event('asha', 'maths', 'c8', 6), // hours late
];

const json = (topics: TestTopics, name: string): unknown[] =>
  topics.readAll(name).map(({ value }) => JSON.parse(value ?? 'null') as unknown);

describe('the windows of a course', () => {
  test('sessions by learner, counts by course, late events aside, broken ones to the failed topic', async () => {
    const topics = new TestTopics();
    createTopics(topics);
    const driver = await TopologyTestDriver.start(graphOn(topics), { topics });
    for (const record of records) {
      await driver.pipe('events', record);
      // Watermarks go through the repartition topic at intervals.
      await driver.advance(1_000);
    }
    await driver.stop();
    expect(json(topics, 'sessions')).toContainEqual({
      ...{ userId: 'asha', courseId: 'maths', from: MINUTE, to: 10 * MINUTE, events: 2, contents: 2 },
    });
    expect(json(topics, 'sessions')).toContainEqual({
      ...{ userId: 'ben', courseId: 'maths', from: 63 * MINUTE, to: 64 * MINUTE, events: 2, contents: 2 },
    });
    const activity = json(topics, 'activity') as { windowStart: number; events: number; learners: number }[];
    expect(activity.filter(({ windowStart }) => windowStart === 0)).toEqual([
      { courseId: 'maths', windowStart: 0, events: 4, learners: 2 },
      { courseId: 'maths', windowStart: 0, events: 5, learners: 2 },
    ]);
    expect(json(topics, 'late')).toEqual([expect.objectContaining({ contentId: 'c8' })]);
    expect(topics.readAll('failed')).toHaveLength(1);
  });

  test('sessions are the same after a crash behind any event', async () => {
    const result = await restartAnywhere({
      topology: graphOn,
      // Whether an event is too late is a matter of when it is read: those that are in time are in every run.
      records: records.filter((_, index) => index !== 8 && index !== 11),
      createTopics,
      outputs: ['sessions', 'failed'],
      // The repartition topic is at least once: a count behind it may have seen an event twice.
      comparesStateOf: ({ source }) => source === 'consumption-events',
    });
    expect(result.runs).toBeGreaterThan(records.length);
  });

  test('the graph is the golden file (UPDATE_GOLDEN=1 writes it)', () => {
    const topics = new TestTopics();
    const golden = new URL('./topology.golden.txt', import.meta.url);
    const text = graphOn(topics).describe();
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, text);
    expect(text).toBe(readFileSync(golden, 'utf8'));
  });
});
