import { describe, expect, test } from '@jest/globals';
import { OperatorHarness } from '@millrace/core/testing';
import { v5 } from 'uuid';
import { createOutputEvents } from '../domain/output-events.js';
import { request } from '../test-support/records.js';
import type { PersistedGroup } from './elements.js';
import { OutputsFunction } from './outputs.js';
import { AUDIT, CERTIFICATES } from './tags.js';
import { Tally } from './tally.js';

const events = createOutputEvents(v5);
const part = {
  userId: 'U',
  courseId: 'C',
  batchId: 'B',
  requests: [request(7, 0), request(8, 1)],
  afterReplay: false,
} as const;

async function run(...groups: PersistedGroup[]) {
  const tally = new Tally();
  const harness = await OperatorHarness.forProcess(new OutputsFunction(events, tally));
  for (const group of groups) await harness.processElement(group);
  return {
    harness,
    counts: tally.counts(),
    certificates: harness.sideOutput(CERTIFICATES),
    audits: harness.sideOutput(AUDIT),
  };
}

describe('outputs', () => {
  test('a completion sends its certificate request and its audit event', async () => {
    const { certificates, audits, counts, harness } = await run({
      ...part,
      kind: 'announcement',
      reason: 'completion',
      completedon: 7,
    });
    expect(certificates).toEqual([events.certificate(part, 7)]);
    expect(audits).toEqual([events.audit(part, 7)]);
    expect(counts).toMatchObject({ processed: 1, coalesced: 1, certificates: 1, audits: 1 });
    expect(harness.metrics.total('cert-issue-events-count')).toBe(1);
    expect(harness.metrics.total('cert-recovery-events-count')).toBe(0);
  });

  test('a replay sends the same bytes as the completion', async () => {
    const { certificates, audits } = await run(
      { ...part, kind: 'announcement', reason: 'completion', completedon: 7 },
      { ...part, kind: 'announcement', reason: 'replay', completedon: 7 },
    );
    expect(certificates[1]).toEqual(certificates[0]);
    expect(audits[1]).toEqual(audits[0]);
  });

  test('a recovery asks for the certificate alone', async () => {
    const { certificates, audits, counts, harness } = await run({
      ...part,
      kind: 'announcement',
      reason: 'recovery',
      completedon: 7,
    });
    expect(certificates).toEqual([events.certificate(part, 7)]);
    expect(audits).toEqual([]);
    expect(counts).toMatchObject({ processed: 1, certificates: 1, audits: 0 });
    expect(harness.metrics.total('cert-recovery-events-count')).toBe(1);
    expect(harness.metrics.total('cert-issue-events-count')).toBe(1);
  });

  test('what is settled is counted and sends nothing', async () => {
    const { certificates, audits, counts } = await run({ ...part, kind: 'settled' });
    expect([...certificates, ...audits]).toEqual([]);
    expect(counts).toMatchObject({ processed: 1, coalesced: 1 });
  });

  test('the others of a replayed group went along with it', async () => {
    const { counts } = await run({ ...part, kind: 'settled', afterReplay: true });
    expect(counts).toMatchObject({ processed: 0, coalesced: 2 });
  });
});
