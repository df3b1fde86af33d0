import { describe, expect, test } from '@jest/globals';
import { OperatorHarness } from '@millrace/core/testing';
import { record, syncEvent } from '../test-support/records.js';
import { failedRecords, failInfoOf } from '../test-support/stage-options.js';
import { DeserializeFunction } from './deserialize.js';
import { parseRecord } from '../domain/parse.js';
import { FAILED } from './tags.js';
import { Tally } from './tally.js';

async function open() {
  const tally = new Tally();
  const harness = await OperatorHarness.forProcess(new DeserializeFunction(failedRecords, tally, parseRecord));
  return { harness, tally };
}

describe('deserialize', () => {
  test('a valid request goes on with its record', async () => {
    const { harness, tally } = await open();
    const input = record(syncEvent());
    await harness.processElement(input);
    expect(harness.output()).toEqual([
      { userId: 'U', courseId: 'C', batchId: 'B', time: 1683556693275, record: input },
    ]);
    expect(harness.metrics.total('total-events-count')).toBe(1);
    expect(tally.counts()).toMatchObject({ processed: 0, skipped: 0, failed: 0, coalesced: 0 });
  });

  test('what is for somebody else is counted and nothing else', async () => {
    const { harness, tally } = await open();
    await harness.processElement(record('{"edata":{"action":"other"}}'));
    expect(harness.output()).toEqual([]);
    expect(harness.sideOutput(FAILED)).toEqual([]);
    expect(harness.metrics.total('skipped-events-count')).toBe(1);
    expect(tally.counts().skipped).toBe(1);
  });

  test('what is no request becomes a failed event, and the next record goes on', async () => {
    const { harness, tally } = await open();
    await harness.processElement(record(null, { offset: 1 }));
    await harness.processElement(record(syncEvent({ userId: ' ' }), { offset: 2 }));
    await harness.processElement(record(syncEvent(), { offset: 3 }));
    expect(harness.sideOutput(FAILED).map(failInfoOf)).toMatchObject([
      { code: 'ERR_UNPARSEABLE_EVENT', stage: 'deserialize', offset: '1', attempts: 1, rounds: 1 },
      { code: 'ERR_INVALID_EVENT', stage: 'deserialize', offset: '2', error: 'edata.userId is blank' },
    ]);
    expect(harness.output()).toHaveLength(1);
    expect(harness.failures).toEqual([]);
    expect(harness.metrics.total('failed-events-count')).toBe(2);
    expect(tally.counts().failed).toBe(2);
  });
});
