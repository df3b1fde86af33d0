import { readFileSync } from 'node:fs';

const USERS = 10_000;
const COURSES = 200;

/**
 * Records of the shape of the reconciliation job's requests: about 480 bytes of text, keyed by user. A thousand texts
 * that come again and again, so that making them costs nothing beside writing them.
 */
export function syncRequests() {
  const file = new URL('../../packages/reconciliation/fixtures/events/sync-request.json', import.meta.url);
  const sample = JSON.parse(readFileSync(file, 'utf8'));
  return Array.from({ length: 1000 }, (_, i) => {
    const userId = `user-${String((i * 7919) % USERS).padStart(5, '0')}`;
    const edata = { ...sample.edata, userId, courseId: `do_course_${String(i % COURSES).padStart(3, '0')}` };
    return { key: userId, value: JSON.stringify({ ...sample, ets: 1_763_800_000_000 + i, edata }) };
  });
}
