import { describe, expect, test } from '@jest/globals';
import type { ProducerRecord } from '@millrace/core';
import { ManualClock } from '@millrace/core/testing';
import type { EnrolmentKey } from '../../domain/model.js';
import { parseRecord } from '../../domain/parse.js';
import { Pace } from '../pace.js';
import { sendRequests } from './send-requests.js';
import type { SendOptions } from './send-requests.js';
import { syncRecord } from './sync-event.js';

const NOW = 1_763_800_000_000;
const keys = Array.from({ length: 25 }, (_, i) => ({ userId: `u${String(i)}`, courseId: 'C', batchId: 'B' }));

async function* pages(): AsyncGenerator<readonly EnrolmentKey[]> {
  yield await Promise.resolve(keys.slice(0, 7));
  yield keys.slice(7);
}

function setUp(over: Partial<SendOptions> = {}) {
  const clock = new ManualClock(NOW);
  const groups: (readonly ProducerRecord[])[] = [];
  const sent: number[] = [];
  const stop = new AbortController();
  const log = {
    append: (records: readonly ProducerRecord[]) => {
      groups.push(records);
      return Promise.resolve();
    },
  };
  const options: SendOptions = {
    ...{ clock, pace: new Pace(clock, 10, stop.signal), groupSize: 5, skip: 0, uuid: () => 'uuid' },
    onSent: (count) => sent.push(count),
    ...over,
  };
  return { clock, groups, sent, stop, send: () => sendRequests(pages(), log, options) };
}

describe('requests are sent', () => {
  test('in order, keyed by user id, in the documented shape, stamped with the time of sending', async () => {
    const { clock, groups, sent, send } = setUp();
    const sending = send();
    await clock.advance(10_000);
    await sending;
    expect(groups.flat().map(({ key }) => key)).toEqual(keys.map(({ userId }) => userId));
    expect(sent.at(-1)).toBe(25);
    expect(groups[0]?.[0]).toEqual({
      key: 'u0',
      timestamp: NOW,
      value:
        `{"eid":"BE_JOB_REQUEST","ets":${String(NOW)},"mid":"LP.${String(NOW)}.uuid",` +
        '"actor":{"type":"System","id":"Course Batch Updater"},' +
        '"context":{"pdata":{"ver":"1.0","id":"org.sunbird.platform"}},' +
        '"object":{"type":"CourseBatchEnrolment","id":"B_u0"},' +
        '"edata":{"action":"user-enrolment-sync","iteration":1,"batchId":"B","userId":"u0","courseId":"C"}}',
    });
  });

  test('at a rate', async () => {
    const { clock, groups, send } = setUp();
    const sending = send();
    await clock.advance(0);
    expect(groups.flat()).toHaveLength(5);
    await clock.advance(1_000);
    expect(groups.flat().length).toBeLessThanOrEqual(17);
    await clock.advance(2_000);
    await sending;
    expect(groups.flat()).toHaveLength(25);
  });

  test('without those that were sent before', async () => {
    const { clock, groups, send } = setUp({ skip: 9 });
    const sending = send();
    await clock.advance(10_000);
    await sending;
    expect(groups.flat().map(({ key }) => key)).toEqual(keys.slice(9).map(({ userId }) => userId));
  });

  test('until a signal ends it: how many are durable is known', async () => {
    const { clock, groups, sent, stop, send } = setUp();
    const sending = send();
    const ended = expect(sending).rejects.toThrow('stopped by SIGINT');
    await clock.advance(1_000);
    stop.abort(new Error('stopped by SIGINT'));
    await clock.advance(1_000);
    await ended;
    expect(sent.at(-1)).toBe(groups.flat().length);
    expect(groups.flat().length).toBeLessThan(25);
  });
});

test('the job takes what is sent', () => {
  const key = { userId: `u"'\\ \u202e`, courseId: '__proto__', batchId: 'नमस्ते' };
  expect(parseRecord(syncRecord('topic', key, NOW, 'uuid'))).toMatchObject({
    kind: 'request',
    request: { ...key, time: NOW },
  });
});
