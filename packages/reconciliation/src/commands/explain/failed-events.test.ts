import { describe, expect, test } from '@jest/globals';
import type { ConsumerRecord } from '@millrace/core';
import { partitionForKey } from '@millrace/core';
import { ManualClock } from '@millrace/core/testing';
import type { FailedLog, OffsetRange } from '../failed/failed-log.js';
import { failedEventsOf } from './failed-events.js';

const key = { userId: 'U', courseId: 'C', batchId: 'B' };
const other = { ...key, batchId: 'another' };
const TOPIC = 'failed';
const OWN = partitionForKey(Buffer.from('U'), 2);

function failed(ids: typeof key, code = 'ERR_PROCESSING', jobName = 'job'): string {
  const { userId, courseId, batchId } = ids;
  return JSON.stringify({ edata: { userId, courseId, batchId }, jobName, failInfo: { code, error: 'x', rounds: 1 } });
}

/** Reads are noted as `partition:earliest-end`. */
class FakeLog implements Pick<FailedLog, 'ranges' | 'read'> {
  readonly reads: string[] = [];
  onRecord: () => void | Promise<void> = () => {};

  constructor(readonly partitions: ReadonlyMap<number, readonly (string | null)[]>) {}

  ranges(): Promise<ReadonlyMap<number, OffsetRange>> {
    return Promise.resolve(
      new Map([...this.partitions].map(([partition, values]) => [partition, { earliest: 0, end: values.length }])),
    );
  }

  async *read(topic: string, partition: number, { earliest, end }: OffsetRange): AsyncGenerator<ConsumerRecord> {
    this.reads.push(`${String(partition)}:${String(earliest)}-${String(end)}`);
    for (let offset = earliest; offset < end; offset += 1) {
      await this.onRecord();
      const value = this.partitions.get(partition)?.[offset] ?? null;
      yield {
        ...{ topic, partition, offset, timestamp: offset, key: null, headers: {} },
        value: value === null ? null : Buffer.from(value),
      };
    }
  }
}

const look = (log: FakeLog, clock = new ManualClock()): ReturnType<typeof failedEventsOf> =>
  failedEventsOf(key, log, { topic: TOPIC, jobName: 'job', clock, budgetMs: 1_500 });

describe("failed events of an enrolment, looked for from the topic's end", () => {
  test('only its own, the newest first; what cannot be read and what is of other jobs is passed over', async () => {
    const log = new FakeLog(
      new Map([
        [
          OWN,
          [failed(key, 'ERR_A'), failed(other), 'no JSON', null, failed(key, 'ERR_B'), failed(key, 'X', 'another job')],
        ],
        [1 - OWN, [failed(key, 'ERR_C')]],
      ]),
    );
    const { events, read, held } = await look(log);
    expect(events.map(({ code }) => code)).toEqual(['ERR_B', 'ERR_A', 'ERR_C']);
    expect([read, held]).toEqual([7, 7]);
  });

  test("the partition of the learner's key first, in windows from the end", async () => {
    const log = new FakeLog(
      new Map([
        [1 - OWN, [failed(key)]],
        [OWN, [...Array<string>(4_999).fill(failed(other)), failed(key)]],
      ]),
    );
    expect((await look(log)).events).toHaveLength(2);
    expect(log.reads).toEqual([...[`${String(OWN)}:3000-5000`, `${String(OWN)}:0-3000`], `${String(1 - OWN)}:0-1`]);
  });

  test('the time is over: what was found so far, and how much of the topic was looked at', async () => {
    const clock = new ManualClock();
    const log = new FakeLog(new Map([[OWN, [...Array<string>(9_999).fill(failed(other)), failed(key)]]]));
    let records = 0;
    log.onRecord = async () => {
      records += 1;
      if (records === 2_500) await clock.advance(2_000);
    };
    const { events, read, held } = await look(log, clock);
    expect(events).toHaveLength(1);
    expect([read, held]).toEqual([2_000, 10_000]);
  });

  test('a log that does not answer costs the budget, not more', async () => {
    const clock = new ManualClock();
    const log = new FakeLog(new Map([[OWN, [failed(key)]]]));
    log.onRecord = () => new Promise(() => {});
    const looking = look(log, clock);
    await clock.advance(1_500);
    expect(await looking).toEqual({ events: [], read: 0, held: 1 });
  });

  test('ids that are escaped', async () => {
    const escaped = failed(key, 'ERR_A').replace('"userId":"U"', '"userId":"\\u0055"');
    expect(escaped).toContain('\\u0055');
    expect((await look(new FakeLog(new Map([[OWN, [escaped]]])))).events).toHaveLength(1);
  });

  test('no topic', async () => {
    const log = {
      ranges: () => Promise.resolve(undefined),
      read: () => new FakeLog(new Map()).read('', 0, { earliest: 0, end: 0 }),
    };
    expect(
      await failedEventsOf(key, log, { topic: TOPIC, jobName: 'job', clock: new ManualClock(), budgetMs: 1 }),
    ).toEqual({
      ...{ events: [], read: 0, held: 0 },
    });
  });
});
