import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { byDefault, withoutFilter, withoutUnits, withRecovery } from '../support/outcomes.js';
import { checkOutcome, runOutcomes } from '../support/outcomes-check.js';
import type { Outcome } from '../support/outcomes.js';
import type { OutcomesRun } from '../support/outcomes-check.js';
import { optionsOf, temporaryFolder } from '../support/world.js';

const folder = temporaryFolder();
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Run {
  readonly name: string;
  readonly outcomes: readonly Outcome[];
  readonly settings: Readonly<Record<string, string>>;
  readonly counts: Readonly<Record<string, number>>;
  /** Of two requests of one enrolment the second is coalesced or handled by itself, as it happens to arrive. */
  readonly skippedOrCoalesced: number | undefined;
}

const runs: readonly Run[] = [
  {
    name: 'by default',
    outcomes: byDefault,
    settings: {},
    counts: { read: 25, processed: 14, failed: 6, completed: 7, certificates: 8, audits: 8 },
    skippedOrCoalesced: 5,
  },
  {
    name: 'filter off',
    outcomes: withoutFilter,
    settings: { 'activity.filter.processed.enrolments': 'false' },
    counts: { read: 6, failed: 0, completed: 3 },
    skippedOrCoalesced: undefined,
  },
  {
    name: 'certificate recovery',
    outcomes: withRecovery,
    settings: { 'activity.certificate.recovery': 'true' },
    counts: { read: 6, processed: 3, failed: 0, completed: 0, certificates: 3, audits: 1 },
    skippedOrCoalesced: 3,
  },
  {
    name: 'units not counted',
    outcomes: withoutUnits,
    settings: { 'activity.module.aggs.enabled': 'false' },
    counts: { read: 1, processed: 1, failed: 0, completed: 1, certificates: 1, audits: 1 },
    skippedOrCoalesced: 0,
  },
];

describe.each(runs)('$name', ({ name, outcomes, settings, counts, skippedOrCoalesced }) => {
  let run: OutcomesRun;
  beforeAll(async () => {
    const store = ['--embedded', join(folder, name, 'store')];
    run = await runOutcomes(join(folder, name), outcomes, [...store, ...optionsOf(settings)]);
  }, 120_000);

  test.each(outcomes.map((outcome) => [outcome.name, outcome] as const))('%s', (_name, outcome) => {
    checkOutcome(outcome, outcomes, run);
  });

  test('the summary counts every record once', () => {
    const { read = 0, processed = 0, skipped = 0, failed = 0, coalesced = 0 } = run.summary;
    expect(read).toBe(processed + skipped + failed + coalesced);
    expect(run.summary).toMatchObject(counts);
    if (skippedOrCoalesced !== undefined) expect(skipped + coalesced).toBe(skippedOrCoalesced);
  });
});
