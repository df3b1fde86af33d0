import { newest, OUT_OF_ORDER_MS, passing, WINDOW_MS } from './workload.mjs';

/** Compares what a contestant wrote, in the order of the log, with what the workload says. @throws where they differ */
export const verify = { w1: verifySmall, w2: verifyCounts, w3: verifyWindows };

function verifySmall(count, outputs) {
  const expected = new Map();
  for (const { userId, courseId, ets } of passing(count)) add(expected, `${userId} ${courseId} ${ets}`, 1);
  for (const { key, value } of outputs) {
    if (key !== value.userId) throw new Error(`${key} is the key of a record of ${value.userId}`);
    add(expected, `${value.userId} ${value.courseId} ${value.ets}`, -1);
  }
  check(expected, (left) => left === 0, 'records of user, course and time');
}

/** Every update of every user, in order, and the last. */
function verifyCounts(count, outputs) {
  const now = new Map();
  const expected = [];
  for (const { userId, ets } of passing(count)) {
    add(now, userId, 1);
    expected.push(`${userId} ${now.get(userId)} ${ets}`);
  }
  outputs.forEach(({ key, value }, i) => {
    if (key !== value.userId || expected[i] !== `${value.userId} ${value.count} ${value.ets}`) {
      throw new Error(`update ${i} is ${JSON.stringify(value)}, expected: ${expected[i]}`);
    }
  });
  if (outputs.length !== expected.length) throw new Error(`${outputs.length} updates, not ${expected.length}`);
}

/** Each window that the last watermark closed, once; and how many records were late. */
function verifyWindows(count, outputs, { late }) {
  const watermark = newest(count) - OUT_OF_ORDER_MS - 1;
  const expected = new Map();
  let expectedLate = 0;
  for (const { isLate, ets, courseId } of passing(count)) {
    const start = ets - (ets % WINDOW_MS);
    if (isLate) expectedLate += 1;
    else if (start + WINDOW_MS - 1 <= watermark) add(expected, `${courseId} ${start}`, 1);
  }
  for (const { key, value } of outputs) {
    if (key !== value.courseId) throw new Error(`${key} is the key of a window of ${value.courseId}`);
    add(expected, `${value.courseId} ${value.start}`, -value.count);
  }
  check(expected, (left) => left === 0, 'counts of windows');
  if (outputs.length !== expected.size) throw new Error(`${outputs.length} windows, not ${expected.size}`);
  if (late !== expectedLate) throw new Error(`${late} late records, not ${expectedLate}`);
}

function add(map, key, by) {
  map.set(key, (map.get(key) ?? 0) + by);
}

function check(map, isRight, what) {
  const wrong = [...map].filter(([, left]) => !isRight(left));
  if (wrong.length > 0) {
    throw new Error(`${wrong.length} ${what} differ, the first: ${wrong[0].join(', short of ')}`);
  }
}
