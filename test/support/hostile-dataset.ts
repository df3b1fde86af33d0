import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Ids that break programs which paste them into CQL, JSON, a shell, a path, a Redis key or an object. */
export const hostileIds: readonly string[] = [
  `u'"\\`,
  `'; DROP TABLE user_enrolments; --`,
  `x' OR '1'='1`,
  `"}],"edata":{"userIds":["someone-else"]},"x":[{"`,
  '$(touch /tmp/millrace-was-here)`id`',
  '${jndi:ldap://x}{{env}}%s%n',
  '../../../etc/passwd',
  'line\nfeed\r\ttab',
  'nul\u0000byte',
  '__proto__',
  'constructor',
  'toString',
  'नमस्ते😀',
  '\u202Eright-to-left\u2028separator',
  ' leading and trailing ',
  'colon:and:more:leafnodes',
  'cb:batch',
  '{"a":1}',
  '[1,2]',
  'null',
  '0',
  'é'.repeat(128),
  '😀'.repeat(64),
  'a'.repeat(256),
];

interface Request {
  readonly key?: string;
  readonly value?: string;
  readonly valueBase64?: string;
  readonly timestamp: number;
}

const at = (index: number): string => hostileIds[index % hostileIds.length] as string;

/** Time of the first request; every request has its own millisecond. */
const T0 = 1_763_800_000_000;

/** The data set in the shape of `load`'s files. Every enrolment has another course, so that outcomes do not mix. */
function build(): Readonly<Record<string, readonly object[]>> {
  const relations: object[] = [];
  const consumption: object[] = [];
  const enrolments: object[] = [];
  const aggregates: object[] = [];
  const collections: object[] = [];
  const requests: Request[] = [];
  let time = T0;
  const send = (request: Omit<Request, 'timestamp'>): void => {
    time += 1;
    requests.push({ ...request, timestamp: time });
  };

  hostileIds.forEach((userid, n) => {
    const courseid = at(n + 1);
    const batchid = at(n + 2);
    const unit = at(n + 3);
    const contents = [at(n + 4), at(n + 5), at(n + 6), at(n + 7)] as const;
    const ids = { userid, courseid, batchid };
    enrolments.push({ ...ids, active: true, status: n % 3 === 0 ? 0 : 1, enrolled_date: T0 - 86_400_000, progress: 0 });
    aggregates.push({
      activity_type: 'Course',
      activity_id: courseid,
      user_id: userid,
      context_id: `cb:${batchid}`,
      aggregates: { 'score:x': 2.5, [userid]: 1 },
      agg_last_updated: { 'score:x': T0 - 1 },
      agg_details: [userid, '"'],
    });
    const isComplete = n % 2 === 0;
    contents.forEach((contentid, i) => {
      consumption.push({ ...ids, contentid, status: i < 2 || isComplete ? 2 : [null, 1, 0][n % 3] });
    });
    // One in five courses has no leaf nodes: retired, live, or unknown to the search service.
    if (n % 5 === 4) {
      const status = [undefined, 'Retired', 'Live'][n % 3];
      if (status !== undefined) collections.push({ identifier: courseid, status });
    } else {
      relations.push({ key: `${courseid}:${courseid}:leafnodes`, members: contents });
      relations.push({ key: `${courseid}:${courseid}:optionalnodes`, members: n % 4 === 1 ? [contents[3]] : [] });
      relations.push({ key: `${courseid}:${unit}:leafnodes`, members: contents.slice(0, 2) });
      for (const content of contents) {
        relations.push({
          key: `${courseid}:${content}:ancestors`,
          members: [courseid, unit, 'unit without leaf nodes'],
        });
      }
    }
    send({ key: userid, value: syncRequest(userid, courseid, batchid) });
    // Who is not enrolled, and who is enrolled elsewhere.
    send({ key: userid, value: syncRequest(userid, courseid, 'another batch') });
  });
  for (const value of badValues()) send(value);
  return { relations, consumption, enrolments, aggregates, collections, requests };
}

function syncRequest(userId: unknown, courseId: unknown, batchId: unknown, more: object = {}): string {
  return JSON.stringify({
    eid: 'BE_JOB_REQUEST',
    ets: T0,
    mid: 'LP.1.x',
    ...more,
    edata: { action: 'user-enrolment-sync', iteration: 1, batchId, userId, courseId },
  });
}

/** Records that are no request, or a wrong one: each must end in the failed topic or be skipped, none may stop the job. */
function badValues(): Omit<Request, 'timestamp'>[] {
  const key = 'bad';
  const base64 = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('base64');
  const texts = [
    '',
    ' ',
    '{',
    '{"edata":{"action":"user-enrolment-sync"}',
    '[]',
    '[{"edata":{}}]',
    '"text"',
    'null',
    'true',
    '12',
    '{}',
    '{"edata":null}',
    '{"edata":[]}',
    '{"edata":{"action":"batch-enrolment-sync","userId":"u"}}',
    '{"edata":{"action":17}}',
    "{'edata':1}",
    '{"a":1,}',
    '{"a":NaN}',
    '\uFEFF{"edata":{"action":"USER-enrolment-SYNC","userId":"bom","courseId":"c","batchId":"b"}}',
    '\uFEFF\uFEFF{}',
    '{"__proto__":{"edata":{"action":"user-enrolment-sync"}},"x":1}',
    '{"edata":{"action":"other"},"edata":{"action":"user-enrolment-sync","userId":"","courseId":"c","batchId":"b"}}',
    '{"edata":{"action":"user-enrolment-sync","userId":"\\ud800","courseId":"c","batchId":"b"}}',
    '{"edata":{"action":"user-enrolment-sync","userId":"u","courseId":"c\\udfff","batchId":"b"}}',
    `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
    syncRequest(undefined, 'c', 'b'),
    syncRequest('u', 'c', undefined),
    syncRequest(17, 'c', 'b'),
    syncRequest(null, 'c', 'b'),
    syncRequest(['u'], 'c', 'b'),
    syncRequest({ toString: 'u' }, 'c', 'b'),
    syncRequest('', 'c', 'b'),
    syncRequest('u', ' \t\n', 'b'),
    syncRequest('u', '\u3000', 'b'),
    syncRequest('u', 'c', 'b'.repeat(257)),
    syncRequest('é'.repeat(129), 'c', 'b'),
    syncRequest('u', '😀'.repeat(65), 'b'),
    // A request that failed before: its old failInfo goes, its round counts on.
    syncRequest('u', '', 'b', { jobName: 'old', failInfo: { rounds: 4, code: 'ERR_PROCESSING' }, 'n"ested': '}{' }),
    syncRequest('u', '', 'b', { failInfo: { rounds: 'many' } }),
    // 900 KB: a wrong request, and text that is no JSON.
    syncRequest('u', '', 'b', { padding: 'x'.repeat(900_000) }),
    `{"padding":"${'y'.repeat(900_000)}`,
  ];
  return [
    ...texts.map((value) => ({ key, value })),
    { key },
    {},
    { key, valueBase64: base64(Uint8Array.of(0xff, 0xfe, 0x00)) },
    { key, valueBase64: base64(Uint8Array.of(0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xc3, 0x28, 0x22, 0x7d)) },
    { key, valueBase64: base64(Uint8Array.of(0xc0, 0x80)) },
    { value: '{"edata":{"action":"user-enrolment-sync","userId":"no key","courseId":"c","batchId":"b"}}' },
    { key: '', value: '{"edata":{"action":"user-enrolment-sync"}}' },
    { key: 'k'.repeat(70_000), value: syncRequest('u', '', 'b', { padding: 'z'.repeat(860_000) }) },
  ];
}

/** Writes the data set as `load` reads it. @returns number of requests */
export function writeHostileDataset(folder: string): number {
  mkdirSync(folder, { recursive: true });
  const files = build();
  for (const [name, lines] of Object.entries(files)) {
    writeFileSync(join(folder, `${name}.jsonl`), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }
  return files['requests']?.length ?? 0;
}
