import { describe, expect, test } from '@jest/globals';
import { systemClock } from '@millrace/core';
import fc from 'fast-check';
import type { FailureCode } from '../../domain/codes.js';
import { failedRecord } from '../../domain/failed-record.js';
import { FakeFailedLog, Killed } from '../../test-support/fake-failed-log.js';
import type { WriteFault } from '../../test-support/fake-failed-log.js';
import { record, syncEvent } from '../../test-support/records.js';
import { Pace } from '../pace.js';
import { replay } from './replay.js';
import type { ReplayOptions, ReplayReport } from './replay.js';

const jobName = 'enrolment-reconciliation';
const topics = { failed: 'failed', input: 'requests', ledger: 'failed.replayed' };
const never = new AbortController().signal;
const everything = { codes: [], course: undefined, since: undefined, until: undefined };

interface Failure {
  readonly code?: FailureCode;
  readonly value?: string | Buffer;
  readonly timestamp?: number;
  readonly maxBytes?: number;
}

/** Puts the failed event of the request at `offset` of the input topic into the failed topic. */
function fail(log: FakeFailedLog, offset: number, failure: Failure = {}): void {
  const { code = 'ERR_LEAF_NODES_MISSING', value = syncEvent(), timestamp = 1_000, maxBytes = 900_000 } = failure;
  const made = failedRecord(
    record(value, { offset, key: Buffer.from(`key-${String(offset)}`) }),
    { code, error: 'because', stage: 'aggregate', attempts: 1 },
    { jobName, maxBytes },
  );
  log.append(topics.failed, { ...made, timestamp });
}

interface Outcome {
  readonly report: ReplayReport;
  readonly left: readonly string[];
}

async function run(log: FakeFailedLog, over: Partial<ReplayOptions> = {}): Promise<Outcome> {
  const left: string[] = [];
  const report = await replay(log, {
    ...{ jobName, topics, selection: everything, dryRun: false, groupSize: 3, signal: never },
    pace: new Pace(systemClock, Number.POSITIVE_INFINITY, never),
    onLeft: (event, reason) => left.push(`${String(event.record.offset)} ${reason}`),
    onSent: () => undefined,
    ...over,
  });
  return { report, left };
}

/** Offsets of the failed records that were sent, by the mark that each carries. */
const sentOffsets = (log: FakeFailedLog): number[] =>
  log.records(topics.input).map(({ headers }) => Number(String(headers['millrace.replay.of']).split('/')[2]));

describe('failed replay', () => {
  test('sends key and value back as they are, to the byte', async () => {
    const log = new FakeFailedLog();
    const value = '{"edata" : {"action":"user-enrolment-sync","userId":"U","courseId":"C","batchId":"B"},"n":1.0e0}';
    fail(log, 0, { value });
    expect((await run(log)).report).toEqual({ sent: 1, sentBefore: 0, left: 0 });
    const [failed] = log.records(topics.failed);
    const [sent] = log.records(topics.input);
    expect(Buffer.from(sent!.value!).toString()).toBe(Buffer.from(failed!.value!).toString());
    expect(Buffer.from(sent!.key!).toString()).toBe('key-0');
  });

  test('run again it sends nothing, and what fails anew is sent', async () => {
    const log = new FakeFailedLog();
    for (let offset = 0; offset < 10; offset += 1) fail(log, offset);
    expect((await run(log)).report).toEqual({ sent: 10, sentBefore: 0, left: 0 });
    expect((await run(log)).report).toEqual({ sent: 0, sentBefore: 10, left: 0 });
    // The request that was sent back has a place of its own in the input topic.
    fail(log, 77);
    expect((await run(log)).report).toEqual({ sent: 1, sentBefore: 10, left: 0 });
    expect(sentOffsets(log)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test('two failed records of one failure are one', async () => {
    const log = new FakeFailedLog();
    for (const offset of [0, 1, 0, 1, 2]) fail(log, offset);
    expect((await run(log, { dryRun: true })).report).toEqual({ sent: 3, sentBefore: 2, left: 0 });
    expect((await run(log)).report).toEqual({ sent: 3, sentBefore: 2, left: 0 });
    expect(sentOffsets(log)).toEqual([0, 1, 4]);
  });

  test('an input topic that was made anew begins with offset 0 again: other requests', async () => {
    const log = new FakeFailedLog();
    fail(log, 0);
    await run(log);
    const again = failedRecord(
      record(syncEvent(), { offset: 0, timestamp: 1_800_000_000_000 }),
      { code: 'ERR_PROCESSING', error: '', stage: 'persist', attempts: 1 },
      { jobName, maxBytes: 900_000 },
    );
    log.append(topics.failed, again);
    expect((await run(log)).report).toEqual({ sent: 1, sentBefore: 1, left: 0 });
    expect((await run(log)).report).toEqual({ sent: 0, sentBefore: 2, left: 0 });
  });

  test('what cannot be mended is named and left, whatever else is sent', async () => {
    const log = new FakeFailedLog();
    fail(log, 0, { value: 'no JSON', code: 'ERR_UNPARSEABLE_EVENT' });
    fail(log, 1, { value: syncEvent({ userId: '' }), code: 'ERR_INVALID_EVENT' });
    fail(log, 2, { value: syncEvent({ more: 'x'.repeat(1_000_000) }) });
    fail(log, 3);
    log.append(topics.failed, { key: null, value: '{"another":"job"}' });
    log.append(topics.failed, { key: null, value: null });
    const { report, left } = await run(log);
    expect(report).toEqual({ sent: 1, sentBefore: 0, left: 3 });
    expect(left).toEqual(['0 unparseable', '1 invalid', '2 truncated']);
    expect(sentOffsets(log)).toEqual([3]);
  });

  test('one that the input topic does not take is found and left, the others of its group are sent', async () => {
    const log = new FakeFailedLog();
    log.maxValueBytes = 2_000;
    for (let offset = 0; offset < 7; offset += 1) {
      fail(log, offset, offset === 4 ? { value: syncEvent({ more: 'x'.repeat(3_000) }) } : {});
    }
    const { report, left } = await run(log, { groupSize: 7 });
    expect(report).toEqual({ sent: 6, sentBefore: 0, left: 1 });
    expect(left).toEqual(['4 tooLarge']);
    expect(sentOffsets(log)).toEqual([0, 1, 2, 3, 5, 6]);
  });

  test('sends what is selected', async () => {
    const log = new FakeFailedLog();
    fail(log, 0, { timestamp: 100 });
    fail(log, 1, { timestamp: 200, code: 'ERR_PROCESSING' });
    fail(log, 2, { timestamp: 300 });
    fail(log, 3, { timestamp: 400, value: syncEvent({ courseId: 'other' }) });
    const sent = async (selection: Partial<ReplayOptions['selection']>): Promise<number> =>
      (await run(log, { dryRun: true, selection: { ...everything, ...selection } })).report.sent;
    expect(await sent({})).toBe(4);
    expect(await sent({ codes: ['ERR_PROCESSING'] })).toBe(1);
    expect(await sent({ codes: ['ERR_PROCESSING', 'ERR_LEAF_NODES_MISSING'] })).toBe(4);
    expect(await sent({ course: 'C' })).toBe(3);
    expect(await sent({ since: 200, until: 400 })).toBe(2);
    expect(await sent({ course: 'nobody' })).toBe(0);
  });

  test('a dry run writes nothing and opens no writer', async () => {
    const log = new FakeFailedLog();
    fail(log, 0);
    await run(log, { dryRun: true });
    expect([...log.topics.keys()]).toEqual([topics.failed]);
    expect(log.writers).toBe(0);
  });

  test('a ledger that somebody else wrote to: nothing is sent', async () => {
    const log = new FakeFailedLog();
    fail(log, 0);
    log.append(topics.ledger, { key: null, value: '{"sent":[{"topic":"requests"}]}' });
    await expect(run(log)).rejects.toMatchObject({ code: 'ERR_LEDGER_UNREADABLE' });
    expect(log.records(topics.input)).toEqual([]);
  });

  test('a log that never takes anything is given up', async () => {
    const log = new FakeFailedLog();
    fail(log, 0);
    log.faults = Array.from({ length: 100 }, () => 'lost' as const);
    await expect(run(log)).rejects.toMatchObject({ code: 'ERR_REPLAY_STUCK' });
  });

  test('stopped between two groups it goes on with the next run', async () => {
    const log = new FakeFailedLog();
    for (let offset = 0; offset < 9; offset += 1) fail(log, offset);
    const stop = new AbortController();
    const stopped = run(log, { signal: stop.signal, onSent: () => stop.abort(new Error('enough')) });
    await expect(stopped).rejects.toThrow('enough');
    expect(sentOffsets(log)).toEqual([0, 1, 2]);
    expect((await run(log)).report).toEqual({ sent: 6, sentBefore: 3, left: 0 });
    expect(sentOffsets(log)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('whatever fails and wherever it is killed, in the end each was sent once', async () => {
    const fault = fc.constantFrom<WriteFault>('ok', 'lost', 'lost answer', 'killed before', 'killed behind');
    const lives = fc.array(fc.array(fault, { maxLength: 6 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 30 }),
        fc.integer({ min: 1, max: 8 }),
        lives,
        async (count, size, all) => {
          const log = new FakeFailedLog();
          for (let offset = 0; offset < count; offset += 1) fail(log, offset);
          for (const faults of all) {
            log.faults = [...faults];
            await run(log, { groupSize: size }).catch((error: unknown) => {
              if (!(error instanceof Killed) && !isStuck(error)) throw error;
            });
          }
          log.faults = [];
          const { report } = await run(log, { groupSize: size });
          expect(report.sent + report.sentBefore).toBe(count);
          expect(sentOffsets(log)).toEqual(Array.from({ length: count }, (_, offset) => offset));
        },
      ),
      { numRuns: 300 },
    );
  });
});

function isStuck(error: unknown): boolean {
  return (error as { code?: string }).code === 'ERR_REPLAY_STUCK';
}
