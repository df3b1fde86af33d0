import type { JobStatus } from '@millrace/core';
import { describe, expect, test } from '@jest/globals';
import { liveness, readiness } from './health.js';

const running: JobStatus = {
  state: 'RUNNING',
  since: 0,
  restarts: 0,
  lastError: undefined,
  tasks: [],
  waiting: [],
  stalled: undefined,
};
const waiting = [{ operator: 'persist', since: 1_000, error: 'no hosts' }] as unknown as JobStatus['waiting'];

describe('live', () => {
  test('a running job', () => {
    expect(liveness({ phase: 'running', job: running })).toEqual({ ok: true, reasons: [] });
  });

  test('before the job has started', () => {
    expect(liveness({ phase: 'starting', job: undefined }).ok).toBe(true);
  });

  test('a service that cannot be reached does not fail it', () => {
    expect(liveness({ phase: 'running', job: { ...running, waiting } }).ok).toBe(true);
    expect(liveness({ phase: 'running', job: { ...running, state: 'RESTARTING' } }).ok).toBe(true);
  });

  test('a consumer without progress fails it, with the reason', () => {
    const answer = liveness({ phase: 'running', job: { ...running, stalled: 'no poll for 90 s' } });
    expect(answer).toEqual({ ok: false, reasons: ['no progress: no poll for 90 s'] });
  });
});

describe('ready', () => {
  test('a running job', () => {
    expect(readiness({ phase: 'running', job: running })).toEqual({ ok: true, reasons: [] });
  });

  test.each([
    ['starting', { phase: 'starting', job: undefined }, 'starting: connecting to the services'],
    ['stopping', { phase: 'stopping', job: running }, 'stopping'],
    [
      'restarting',
      { phase: 'running', job: { ...running, state: 'RESTARTING', lastError: 'x' } },
      'the job is RESTARTING: x',
    ],
    [
      'an operator that tries again',
      { phase: 'running', job: { ...running, waiting } },
      'persist tries again since 1970-01-01T00:00:01.000Z: no hosts',
    ],
  ] as const)('not while %s', (_name, report, reason) => {
    expect(readiness(report)).toEqual({ ok: false, reasons: [reason] });
  });
});
