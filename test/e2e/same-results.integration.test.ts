import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describeWithServices } from '@millrace/testing';
import { millraceOk, summaryOf } from '../support/cli.js';
import { failedOf, readDump, tablesOf, valuesOf } from '../support/dumps.js';
import type { Dump } from '../support/dumps.js';
import { writeHostileDataset } from '../support/hostile-dataset.js';
import { embeddedWorld, servicesWorld, temporaryFolder } from '../support/world.js';
import type { World } from '../support/world.js';

interface Run {
  readonly summary: Readonly<Record<string, number>>;
  readonly again: Readonly<Record<string, number>>;
  readonly dump: Dump;
}

async function loadRunDump(world: World, dataset: string, folder: string, options: readonly string[]): Promise<Run> {
  const all = [...world.options, ...options];
  await millraceOk(['load', 'reconciliation', '--dataset', dataset, ...all]);
  const first = await millraceOk(['run', 'reconciliation', '--until-drained', '--summary', 'json', ...all]);
  const second = await millraceOk(['run', 'reconciliation', '--until-drained', '--summary', 'json', ...all]);
  const out = join(folder, `dump-${world.name}`);
  await millraceOk(['dump', 'reconciliation', '--out', out, ...all]);
  return { summary: summaryOf(first), again: summaryOf(second), dump: readDump(out) };
}

describeWithServices(['kafka', 'cassandra', 'redis'], 'the embedded stores and the real services', (services) => {
  const datasets: readonly [string, (folder: string) => Promise<number | undefined>, readonly string[]][] = [
    [
      'a sample of realistic shape',
      async (folder) => {
        const size = ['--users', '200', '--courses', '20', '--seed', '7'];
        await millraceOk(['sample', 'reconciliation', '--out', folder, ...size]);
        return undefined;
      },
      [],
    ],
    ['hostile ids and records', (folder) => Promise.resolve(writeHostileDataset(folder)), []],
    [
      'hostile ids and records, completed enrolments computed again',
      (folder) => Promise.resolve(writeHostileDataset(folder)),
      ['--set', 'activity.filter.processed.enrolments=false'],
    ],
  ];

  describe.each(datasets)('give the same results for %s', (_name, write, options) => {
    const folder = temporaryFolder();
    const worlds: World[] = [];
    let requests: number | undefined;
    let embedded: Run;
    let real: Run;

    beforeAll(async () => {
      const dataset = join(folder, 'dataset');
      requests = await write(dataset);
      worlds.push(embeddedWorld(), await servicesWorld(services, dataset));
      const [embeddedPlace, realPlace] = worlds as [World, World];
      embedded = await loadRunDump(embeddedPlace, dataset, folder, options);
      real = await loadRunDump(realPlace, dataset, folder, options);
    }, 300_000);

    afterAll(async () => {
      for (const world of worlds) await world.dispose();
      rmSync(folder, { recursive: true, force: true });
    }, 60_000);

    test('the counts add up, and are the same', () => {
      for (const { summary } of [embedded, real]) {
        const { read = 0, processed = 0, skipped = 0, failed = 0, coalesced = 0 } = summary;
        expect(read).toBe(processed + skipped + failed + coalesced);
        if (requests !== undefined) expect(read).toBe(requests);
        expect(failed).toBe((summary === embedded.summary ? embedded : real).dump.failed.length);
      }
      expect(real.summary['read']).toBe(embedded.summary['read']);
      expect(real.summary['failed']).toBe(embedded.summary['failed']);
    });

    test('a second run with nothing new reads nothing', () => {
      expect([embedded.again['read'], real.again['read']]).toEqual([0, 0]);
    });

    test('the tables are the same', () => {
      expect(tablesOf(real.dump)).toEqual(tablesOf(embedded.dump));
      expect(embedded.dump.enrolments.some((row) => row['status'] === 2)).toBe(true);
      expect(embedded.dump.enrolments.some((row) => row['status'] === 1)).toBe(true);
    });

    test('certificate requests and audit events are the same', () => {
      expect(valuesOf(real.dump.certificates)).toEqual(valuesOf(embedded.dump.certificates));
      expect(valuesOf(real.dump.audit)).toEqual(valuesOf(embedded.dump.audit));
      expect(embedded.dump.certificates.length).toBeGreaterThan(5);
    });

    test('failed events are the same', () => {
      expect(failedOf(real.dump)).toEqual(failedOf(embedded.dump));
      expect(embedded.dump.failed.length).toBeGreaterThan(0);
    });

    test('nothing of an id was carried out', () => {
      expect(existsSync('/tmp/millrace-was-here')).toBe(false);
    });
  });
});
