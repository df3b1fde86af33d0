import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '@millrace/core';
import type { ConsumerRecord, ProducerRecord } from '@millrace/core';
import { failedRecord } from '../../domain/failed-record.js';
import { record, syncEvent } from '../../test-support/records.js';
import { Pace } from '../pace.js';
import type { FailedLog, ReplayTopics } from './failed-log.js';
import { listFailed } from './list.js';
import { replay } from './replay.js';
import type { ReplayReport } from './replay.js';
import { showFailed } from './show.js';

/** A log with an empty topic of two partitions for failed events and one of three for requests. */
export interface FailedLogWorld {
  readonly log: FailedLog;
  readonly topics: ReplayTopics;
  append(topic: string, records: readonly ProducerRecord[]): Promise<void>;
  close(): Promise<void>;
}

const jobName = 'enrolment-reconciliation';
const never = new AbortController().signal;
const everything = { codes: [], course: undefined, since: undefined, until: undefined };

export function failedLogConformance(name: string, open: () => Promise<FailedLogWorld>): void {
  describe(`failed events on ${name}`, () => {
    let world: FailedLogWorld;
    beforeEach(async () => {
      world = await open();
    });
    afterEach(() => world.close());

    const failures = (count: number, from = 0): ProducerRecord[] =>
      Array.from({ length: count }, (_, i) => {
        const offset = from + i;
        const key = Buffer.from(`key-${String(offset % 5)}`);
        const input = record(syncEvent({ courseId: `course-${String(offset % 3)}` }), { offset, key });
        const failure = { code: 'ERR_LEAF_NODES_MISSING', error: 'because', stage: 'aggregate', attempts: 5 } as const;
        const made = failedRecord(input, failure, { jobName, maxBytes: 900_000 });
        return { ...made, partition: offset % 2, timestamp: 1_700_000_000_000 + offset };
      });
    const read = async (topic: string): Promise<ConsumerRecord[]> => {
      const found: ConsumerRecord[] = [];
      for (const [partition, range] of (await world.log.ranges(topic)) ?? []) {
        for await (const each of world.log.read(topic, partition, range)) found.push(each);
      }
      return found;
    };
    const run = (dryRun = false): Promise<ReplayReport> =>
      replay(world.log, {
        ...{ jobName, topics: world.topics, selection: everything, dryRun, groupSize: 4, signal: never },
        pace: new Pace(systemClock, Number.POSITIVE_INFINITY, never),
        onLeft: () => undefined,
        onSent: () => undefined,
      });
    const text = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString();

    test('a topic that is not there has no ranges', async () => {
      expect(await world.log.ranges(`${world.topics.failed}.nowhere`)).toBeUndefined();
    });

    test('each is sent back once, key and value as they are, to the partition of its key', async () => {
      await world.append(world.topics.failed, failures(21));
      expect(await run()).toEqual({ sent: 21, sentBefore: 0, left: 0 });
      expect(await run()).toEqual({ sent: 0, sentBefore: 21, left: 0 });
      const [failed, sent] = [await read(world.topics.failed), await read(world.topics.input)];
      const pairs = (records: readonly ConsumerRecord[]): string[] =>
        records.map(({ key, value }) => `${text(key)} ${text(value)}`).sort();
      expect(pairs(sent)).toEqual(pairs(failed));
      const partitions = new Map<string, Set<number>>();
      for (const { key, partition } of sent) {
        partitions.set(text(key), (partitions.get(text(key)) ?? new Set()).add(partition));
      }
      expect([...partitions.values()].map(({ size }) => size)).toEqual([1, 1, 1, 1, 1]);
    });

    test('a dry run and the looking commands write nothing and make no topic', async () => {
      await world.append(world.topics.failed, failures(4));
      expect(await run(true)).toEqual({ sent: 4, sentBefore: 0, left: 0 });
      const options = { jobName, topic: world.topics.failed, selection: everything, signal: never };
      await listFailed(world.log, { ...options, progress: () => undefined });
      await showFailed(world.log, world.topics.failed, { partition: 1, offset: 1 }, jobName);
      expect(await world.log.ranges(world.topics.ledger)).toBeUndefined();
      expect(await read(world.topics.input)).toEqual([]);
      expect(await read(world.topics.failed)).toHaveLength(4);
    });

    test('one at a time, and a time to begin with', async () => {
      await world.append(world.topics.failed, failures(10));
      const shown = await showFailed(world.log, world.topics.failed, { partition: 1, offset: 2 }, jobName);
      expect(shown).toMatchObject({
        ...{ event: `${world.topics.failed}/1/2`, code: 'ERR_LEAF_NODES_MISSING', courseId: 'course-2' },
        ...{ sentBack: false, canBeSentBack: true, failedAt: 1_700_000_000_005 },
        request: { offset: 5 },
      });
      const missing = showFailed(world.log, world.topics.failed, { partition: 1, offset: 5 }, jobName);
      await expect(missing).rejects.toThrow('partition 1 holds 0 to 4');
      const nowhere = showFailed(world.log, world.topics.failed, { partition: 7, offset: 0 }, jobName);
      await expect(nowhere).rejects.toThrow('no such partition');

      const list = await listFailed(world.log, {
        ...{ jobName, topic: world.topics.failed, signal: never, progress: () => undefined },
        selection: { ...everything, since: 1_700_000_000_004 },
      });
      expect(list.events).toBe(6);
      expect(list.groups.map(({ course, events }) => [course, events])).toEqual([
        ['course-0', 2],
        ['course-1', 2],
        ['course-2', 2],
      ]);
    });
  });
}
