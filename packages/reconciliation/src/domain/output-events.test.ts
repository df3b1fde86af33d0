import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { v5 } from 'uuid';
import { createOutputEvents } from './output-events.js';

const events = createOutputEvents(v5);

interface Vector {
  userId: string;
  courseId: string;
  batchId: string;
  completedon: number;
  certificateMid: string;
  auditMid: string;
  sid: string;
  did: string;
}
const vectors = JSON.parse(readFileSync(new URL('fixtures/mids.json', import.meta.url), 'utf8')) as Vector[];

interface AuditEvent {
  mid: string;
  context: { sid: string; did: string };
}
const parse = (value: unknown): unknown => JSON.parse(value as string);

describe('output events', () => {
  test.each(vectors)('ids of $userId follow from the completion', (vector) => {
    const certificate = parse(events.certificate(vector, vector.completedon).value) as { mid: string };
    const audit = parse(events.audit(vector, vector.completedon).value) as AuditEvent;
    expect(certificate.mid).toBe(vector.certificateMid);
    expect(audit).toMatchObject({ mid: vector.auditMid, context: { sid: vector.sid, did: vector.did } });
  });

  const key = { userId: 'U', courseId: 'C', batchId: 'B' };
  const uuid = '[0-9a-f-]{36}';

  test('the certificate request is the deployed one, field by field, keyed by the learner', () => {
    const made = events.certificate(key, 1683609537232);
    expect(made.key).toBe('U');
    expect((made.value as string).replace(new RegExp(uuid), '<uuid>')).toBe(
      '{"eid":"BE_JOB_REQUEST","ets":1683609537232,"mid":"LP.1683609537232.<uuid>","actor":{"id":"Course Certificate Generator","type":"System"},"context":{"pdata":{"ver":"1.0","id":"org.sunbird.platform"}},"object":{"id":"B_C","type":"CourseCertificateGeneration"},"edata":{"userIds":["U"],"action":"issue-certificate","iteration":1,"trigger":"auto-issue","batchId":"B","reIssue":false,"courseId":"C"}}',
    );
  });

  test('the audit event is the deployed one, field by field, keyed by the learner', () => {
    const made = events.audit(key, 1626346241621);
    expect(made.key).toBe('U');
    expect((made.value as string).replace(new RegExp(uuid, 'g'), '<uuid>')).toBe(
      '{"actor":{"id":"U","type":"User"},"eid":"AUDIT","edata":{"props":["status","completedon"],"type":"enrol-complete"},"ver":"3.0","syncts":1626346241621,"ets":1626346241621,"context":{"channel":"in.sunbird","env":"Course","sid":"<uuid>","did":"<uuid>","pdata":{"ver":"3.0","id":"org.sunbird.learning.platform","pid":"course-progress-updater"},"cdata":[{"type":"CourseBatch","id":"B"},{"type":"Course","id":"C"}]},"mid":"LP.AUDIT.<uuid>","object":{"id":"U","type":"User","rollup":{"l1":"C"}},"tags":[]}',
    );
  });

  test('another audit event has the same fields, and ids of its own by its name', () => {
    const started = (contentId: string): AuditEvent =>
      parse(
        events.auditOf(
          key,
          { type: 'start', props: ['viewcount'], object: { id: contentId, type: 'Content' }, name: [contentId] },
          5,
        ).value,
      ) as AuditEvent;
    const completion = parse(events.audit(key, 5).value) as AuditEvent;
    const [a, b] = [started('a'), started('b')];
    expect(a).toEqual(started('a'));
    expect(a).toMatchObject({
      edata: { props: ['viewcount'], type: 'start' },
      context: { cdata: [{ type: 'CourseBatch', id: 'B' }] },
      object: { id: 'a', type: 'Content', rollup: { l1: 'C' } },
    });
    expect(Object.keys(a)).toEqual(Object.keys(completion));
    const ids = [a, b, completion].flatMap(({ mid, context }) => [mid, context.sid, context.did]);
    expect(new Set(ids).size).toBe(9);
  });

  test('hostile ids stay values, and the same completion gives the same bytes', () => {
    const id = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('"},"x":"', '\\', '__proto__', '\u2028', '$&'));
    fc.assert(
      fc.property(id, id, id, fc.nat(), (userId, courseId, batchId, completedon) => {
        const of = { userId, courseId, batchId };
        const certificate = events.certificate(of, completedon);
        expect(parse(certificate.value)).toMatchObject({
          object: { id: `${batchId}_${courseId}` },
          edata: { userIds: [userId], action: 'issue-certificate', batchId, courseId },
        });
        expect(parse(events.audit(of, completedon).value)).toMatchObject({
          actor: { id: userId },
          context: { cdata: [{ id: batchId }, { id: courseId }] },
          object: { rollup: { l1: courseId } },
        });
        expect(events.certificate({ ...of }, completedon)).toEqual(certificate);
      }),
    );
  });

  test('ids that only joined look alike give different mids', () => {
    const mid = (userId: string, courseId: string): unknown =>
      (parse(events.certificate({ userId, courseId, batchId: 'B' }, 1).value) as { mid: string }).mid;
    expect(mid('a","b', 'c')).not.toBe(mid('a', 'b","c'));
  });
});
