import { readFileSync } from 'node:fs';

const USERS = 10_000;
const COURSES = 200;
export const WINDOW_MS = 10_000;
export const OUT_OF_ORDER_MS = 2_000;
const SIMULATED_MS = 30 * 60_000;
const BEGIN = Date.UTC(2025, 10, 24, 4);
/** How far the late ones are behind: farther than any client reads between two looks at its watermark. */
const LATE_MS = 5 * 60_000;
/** No smaller, or what a client reads at once is more event time than `LATE_MS`. */
export const MIN_RECORDS = 10_000;

const file = new URL('../../packages/reconciliation/fixtures/events/sync-request.json', import.meta.url);
const sample = JSON.parse(readFileSync(file, 'utf8'));
const SYNC = sample.edata.action;

/** A number between 0 and 2^32 that looks like chance, the same for the same i. */
function scatter(i) {
  let x = Math.imul(i ^ (i >>> 16), 0x45d9f3b);
  x = Math.imul(x ^ (x >>> 16), 0x45d9f3b);
  return (x ^ (x >>> 16)) >>> 0;
}

/**
 * Request `i` of `count`: one in ten of another action, event time over half an hour and up to 2 s out of order, and in
 * its last two thirds one in a thousand late for good.
 */
function eventAt(i, count) {
  const isLate = i % 1000 === 777 && i > count / 3;
  const nominal = BEGIN + Math.floor((i * SIMULATED_MS) / count);
  const ets = nominal - (isLate ? LATE_MS : scatter(i) % OUT_OF_ORDER_MS);
  const user = scatter(i + 1) % USERS;
  return {
    isLate,
    ets,
    action: i % 10 === 3 ? 'batch-enrolment-update' : SYNC,
    userId: `fbe926ac-a395-40e4-a65b-${String(user).padStart(12, '0')}`,
    courseId: `do_2131028797818880${String(scatter(i + 2) % COURSES).padStart(7, '0')}`,
  };
}

/** What the topic holds: the sample's text with these values, about 480 bytes. The key is the user, as in production. */
export const recordAt = (i, count) => recordOf(i, eventAt(i, count));

/** Request `i` for the job's own action, of this time: all of them pass. */
export const requestAt = (i, ets) => recordOf(i, { ...eventAt(i, 1), action: SYNC, ets });

function recordOf(i, { ets, action, userId, courseId }) {
  const mid = `LP.${ets}.${scatter(i + 3)
    .toString(16)
    .padStart(8, '0')}-ac4c-4c19-bcfe-84e2ad9aa5eb`;
  const edata = { ...sample.edata, action, userId, courseId };
  return { key: userId, value: JSON.stringify({ ...sample, ets, mid, edata }), timestamp: Math.floor(ets) };
}

/** What the topic holds of requests that pass the filter, as far as the results depend on it. */
export function* passing(count) {
  for (let i = 0; i < count; i += 1) {
    const event = eventAt(i, count);
    if (event.action === SYNC) yield event;
  }
}

/** The newest event time of all records, those that the filter drops included. */
export function newest(count) {
  let max = 0;
  for (let i = 0; i < count; i += 1) max = Math.max(max, eventAt(i, count).ets);
  return max;
}

// The functions of the workloads: the same in every contestant.
export const parse = (record) => JSON.parse(record.value.toString());
export const isSync = (event) => event.edata.action === SYNC;
export const userOf = (event) => event.edata.userId;
export const courseOf = (event) => event.edata.courseId;
export const small = ({ ets, edata: { userId, courseId, batchId } }) => ({
  key: userId,
  value: JSON.stringify({ userId, courseId, batchId, ets }),
});
export const counted = (userId, { count, ets }) => ({ key: userId, value: JSON.stringify({ userId, count, ets }) });
export const closed = (courseId, start, count) => ({
  key: courseId,
  value: JSON.stringify({ courseId, start, count }),
});
