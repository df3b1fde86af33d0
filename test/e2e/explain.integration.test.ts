import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { describeWithServices } from '@millrace/testing';
import { millrace, millraceOk, summaryOf } from '../support/cli.js';
import { readDump } from '../support/dumps.js';
import type { Dump } from '../support/dumps.js';
import { changedColumns, effectsOn, effectsToCome } from '../support/effects.js';
import type { Explained, Ids } from '../support/effects.js';
import { commandInProcess } from '../support/in-process.js';
import type { Place } from '../support/in-process.js';
import { batchOf, byDefault, courseOf } from '../support/outcomes.js';
import { writeOutcomes } from '../support/outcomes-check.js';
import { optionsOf, servicesWorld, temporaryFolder, withSession } from '../support/world.js';
import type { ServicesWorld } from '../support/world.js';

/** Those that are about one proper request at any time. */
const outcomes = byDefault
  .filter(({ name }) => !['for another job', 'a blank id', 'completed by this very request'].includes(name))
  .map((outcome) => ({ ...outcome, requests: [] }));
const idsOf = (name: string): Ids => ({ userId: name, courseId: courseOf(name), batchId: batchOf(name) });

/** `--set key=value` pairs as settings. */
function settingsOf(options: readonly string[]): Record<string, string> {
  const pairs = options.filter((option) => option !== '--set').map((option) => option.split(/=(.*)/s));
  return Object.fromEntries(pairs.map(([key = '', value = '']) => [key, value]));
}

describeWithServices(['kafka', 'cassandra', 'redis'], 'explain and request on real services', (services) => {
  const folder = temporaryFolder();
  let world: ServicesWorld;
  let place: Place;
  const explained = new Map<string, Explained>();

  const dump = async (name: string): Promise<Dump> => {
    await millraceOk(['dump', 'reconciliation', '--out', join(folder, name), ...world.options]);
    return readDump(join(folder, name));
  };
  const explain = async (name: string): Promise<Explained> => {
    const options = { user: name, course: courseOf(name), batch: batchOf(name) };
    return JSON.parse(await commandInProcess(place, 'explain', options)) as Explained;
  };

  beforeAll(async () => {
    writeOutcomes(join(folder, 'in'), outcomes);
    world = await servicesWorld(services, join(folder, 'in'));
    place = { embedded: undefined, settings: settingsOf(world.options) };
    await millraceOk(['load', 'reconciliation', '--dataset', join(folder, 'in'), ...world.options]);
  }, 120_000);

  afterAll(async () => {
    await world.dispose();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  test('explain says what a request, sent then, does; and writes nothing itself', async () => {
    const before = await dump('before');
    for (const { name } of outcomes) explained.set(name, await explain(name));
    expect(await dump('explained')).toEqual(before);
    const idle = await millraceOk(['run', 'reconciliation', '--until-drained', '--summary', 'json', ...world.options]);
    expect(summaryOf(idle)).toMatchObject({ read: 0 });
    for (const { name } of outcomes) {
      const options = { user: name, course: courseOf(name), batch: batchOf(name) };
      expect(JSON.parse(await commandInProcess(place, 'request', options))).toMatchObject({ sent: 1 });
    }
    const run = await millraceOk(['run', 'reconciliation', '--until-drained', '--summary', 'json', ...world.options]);
    expect(summaryOf(run)).toMatchObject({ read: outcomes.length });
    const after = await dump('after');
    for (const { name } of outcomes) {
      const said = explained.get(name) as Explained;
      const [was, is] = [effectsOn(idsOf(name), before), effectsOn(idsOf(name), after)];
      // A completion carries the time of its request, which came after the explanation.
      expect([name, timeless(is)]).toEqual([name, timeless(effectsToCome(said, was))]);
      expect([name, changedColumns(was, is)]).toEqual([name, [...said.request.changes].sort()]);
    }
  }, 240_000);

  test('failed events of the enrolment are found, the status of its course too', async () => {
    const said = JSON.parse(JSON.stringify(await explain('no leaf nodes, live'))) as {
      failedEvents: { events: readonly { code: string }[]; read: number; held: number };
      collection: unknown;
    };
    expect(said.failedEvents.events.map(({ code }) => code)).toEqual(['ERR_LEAF_NODES_MISSING']);
    expect(said.failedEvents.read).toBe(said.failedEvents.held);
    expect(said.collection).toEqual({ status: 'Live' });
  });

  describe('with a search service that never answers', () => {
    let asked = 0;
    let silent: Server;
    beforeAll(async () => {
      silent = createServer(() => (asked += 1)).listen(0, '127.0.0.1');
      await new Promise((resolve) => silent.once('listening', resolve));
    });
    afterAll(() => {
      silent.close();
    });

    test('explain asks once, for a moment, and says what the job would make of it', async () => {
      const { port } = silent.address() as AddressInfo;
      const name = 'no leaf nodes, retired';
      const result = await millraceOk([
        ...['explain', 'reconciliation', '--user', name, '--course', courseOf(name), '--batch', batchOf(name)],
        ...[...world.options, ...optionsOf({ 'service.search.basePath': `http://127.0.0.1:${String(port)}` })],
      ]);
      expect(result.stdout).toContain('would fail: ERR_LEAF_NODES_MISSING, the search service could not be asked');
      expect(asked).toBe(1);
    });
  });

  test('a missing table, a missing topic: one line that names it, exit code 2', async () => {
    const one = ['explain', 'reconciliation', '--user', 'u', '--course', 'c', '--batch', 'b', ...world.options];
    for (const [name, value] of [
      ['lms-cassandra.user_enrolments.table', 'no_such_table'],
      ['kafka.output.failed.topic', 'no.such.topic'],
    ] as const) {
      const result = await millrace([...one, ...optionsOf({ [name]: value })]);
      const lines = result.stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
      expect([result.code, lines]).toEqual([2, [expect.stringContaining(value)]]);
    }
  });

  test('a missing column, one that the job itself does not use: the same', async () => {
    const table = `${world.keyspace}.user_enrolments`;
    await withSession(services, (session) => session.execute(`ALTER TABLE ${table} DROP enrolled_date`));
    const one = ['explain', 'reconciliation', '--user', 'u', '--course', 'c', '--batch', 'b', ...world.options];
    const result = await millrace(one);
    const lines = result.stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
    expect([result.code, lines]).toEqual([2, [expect.stringMatching(/user_enrolments.*enrolled_date/)]]);
  });
});

function timeless(effects: ReturnType<typeof effectsOn>): object {
  const { enrolment, certificates, audits, ...rest } = effects;
  const { completedon, ...columns } = enrolment ?? {};
  return {
    ...rest,
    enrolment: enrolment === undefined ? undefined : { ...columns, isCompleted: completedon !== undefined },
    certificates: certificates.length,
    audits: audits.length,
  };
}
