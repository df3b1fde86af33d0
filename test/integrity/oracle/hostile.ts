/** A record that no sender of good will writes, and what must become of it: a failed event with this code, or null. */
export interface HostileRecord {
  readonly key: string | null;
  readonly value: Uint8Array | string | null;
  readonly code: string | null;
}

const UNPARSEABLE = 'ERR_UNPARSEABLE_EVENT';
const INVALID = 'ERR_INVALID_EVENT';

function request(userId: unknown, courseId: unknown, batchId: unknown, more: object = {}): string {
  return JSON.stringify({ ...more, edata: { action: 'user-enrolment-sync', userId, courseId, batchId } });
}

const texts: readonly (readonly [value: string, code: string | null])[] = [
  ['', UNPARSEABLE],
  [' ', UNPARSEABLE],
  ['{', UNPARSEABLE],
  ['[]', UNPARSEABLE],
  ['"text"', UNPARSEABLE],
  ['null', UNPARSEABLE],
  ['12', UNPARSEABLE],
  ["{'edata':1}", UNPARSEABLE],
  ['{"a":1,}', UNPARSEABLE],
  ['{"a":NaN}', UNPARSEABLE],
  [`${'['.repeat(5_000)}${']'.repeat(5_000)}`, UNPARSEABLE],
  [`{"padding":"${'y'.repeat(900_000)}`, UNPARSEABLE],
  ['{}', null],
  ['{"edata":null}', null],
  ['{"edata":[]}', null],
  ['{"edata":{"action":17}}', null],
  ['{"__proto__":{"edata":{"action":"user-enrolment-sync"}},"x":1}', null],
  [request(undefined, 'c', 'b'), INVALID],
  [request('u', undefined, 'b'), INVALID],
  [request(17, 'c', 'b'), INVALID],
  [request(['u'], 'c', 'b'), INVALID],
  [request({ toString: 'u' }, 'c', 'b'), INVALID],
  [request('', 'c', 'b'), INVALID],
  [request('u', ' \t\n', 'b'), INVALID],
  [request('u', 'c', 'b'.repeat(257)), INVALID],
  [request('u', '', 'b', { failInfo: { rounds: 'many' }, jobName: 17 }), INVALID],
  [request('u', '', 'b', { padding: 'x'.repeat(900_000) }), INVALID],
  ['{"edata":{"action":"user-enrolment-sync","userId":"\\ud800","courseId":"c","batchId":"b"}}', INVALID],
  // Good requests of nobody, with ids that hurt whoever pastes them somewhere.
  [request('\'; DROP TABLE user_enrolments; --"}]\u0000', '../../etc/passwd', '$(reboot)`id`'), null],
  [request('__proto__', 'constructor', 'toString'), null],
];

/** Each hostile record once. */
export const hostileRecords: readonly HostileRecord[] = [
  ...texts.map(([value, code]) => ({ key: 'hostile', value, code })),
  { key: 'hostile', value: null, code: UNPARSEABLE },
  { key: null, value: null, code: UNPARSEABLE },
  { key: null, value: 'no key and no JSON', code: UNPARSEABLE },
  { key: 'hostile', value: Uint8Array.of(0xff, 0xfe, 0x00), code: UNPARSEABLE },
  { key: 'hostile', value: Uint8Array.of(0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d), code: UNPARSEABLE },
  { key: 'k'.repeat(70_000), value: request('u', '', 'b', { padding: 'z'.repeat(860_000) }), code: INVALID },
];
