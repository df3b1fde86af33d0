import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describeWithServices } from '@millrace/testing';
import { batchOf, byDefault, courseOf, withoutFilter, withRecovery, writtenTomorrow } from '../support/outcomes.js';
import type { Outcome } from '../support/outcomes.js';
import { checkOutcome, runOutcomes, writeOutcomes } from '../support/outcomes-check.js';
import type { OutcomesRun } from '../support/outcomes-check.js';
import { optionsOf, servicesWorld, temporaryFolder, withSession } from '../support/world.js';
import type { ServicesWorld } from '../support/world.js';

const runs: readonly (readonly [string, readonly Outcome[], Readonly<Record<string, string>>])[] = [
  ['by default', [...byDefault, writtenTomorrow], {}],
  ['filter off', withoutFilter, { 'activity.filter.processed.enrolments': 'false' }],
  ['certificate recovery', withRecovery, { 'activity.certificate.recovery': 'true' }],
];

describeWithServices(
  ['kafka', 'cassandra', 'redis'],
  'on real services every outcome is the one expected',
  (services) => {
    describe.each(runs)('%s', (name, outcomes, settings) => {
      const folder = temporaryFolder();
      let world: ServicesWorld;
      let run: OutcomesRun;

      /** Status, progress and contents as they are, under tomorrow's timestamp. */
      const writeTomorrow = (): Promise<unknown> =>
        withSession(services, (session) =>
          session.execute(
            `UPDATE ${world.keyspace}.user_enrolments USING TIMESTAMP ? SET status = 1, progress = 1, ` +
              "datetime = 5, contentstatus = {'a': 2} WHERE userid = ? AND courseid = ? AND batchid = ?",
            [
              BigInt(Date.now() + 86_400_000) * 1_000n,
              writtenTomorrow.name,
              courseOf(writtenTomorrow.name),
              batchOf(writtenTomorrow.name),
            ],
          ),
        );

      beforeAll(async () => {
        writeOutcomes(join(folder, 'in'), outcomes);
        world = await servicesWorld(services, join(folder, 'in'));
        const prepare = outcomes.includes(writtenTomorrow) ? writeTomorrow : undefined;
        run = await runOutcomes(folder, outcomes, [...world.options, ...optionsOf(settings)], prepare);
      }, 240_000);

      afterAll(async () => {
        await world.dispose();
        rmSync(folder, { recursive: true, force: true });
      }, 60_000);

      test.each(outcomes.map((outcome) => [outcome.name, outcome] as const))('%s', (_name, outcome) => {
        checkOutcome(outcome, outcomes, run, world.env);
      });

      test('every record is counted', () => {
        const { read, failed } = run.summary;
        expect({ name, read, failed }).toEqual({
          name,
          read: outcomes.reduce((sum, { requests }) => sum + (requests?.length ?? 1), 0),
          failed: outcomes.filter(({ expected }) => expected.failed !== undefined).length,
        });
      });
    });
  },
);
