import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedStore } from '@millrace/embedded';
import { changedColumns, effectsOn, effectsToCome } from '../support/effects.js';
import type { Explained, Ids } from '../support/effects.js';
import { commandInProcess, dumpInProcess, loadInProcess, runInProcess } from '../support/in-process.js';
import type { Place } from '../support/in-process.js';
import type { Dump } from '../support/dumps.js';
import {
  batchOf,
  byDefault,
  courseOf,
  REQUESTED,
  withoutFilter,
  withoutUnits,
  withRecovery,
} from '../support/outcomes.js';
import type { Outcome } from '../support/outcomes.js';
import { writeOutcomes } from '../support/outcomes-check.js';
import { temporaryFolder } from '../support/world.js';

const folder = temporaryFolder();
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Not about one proper request for an enrolment. */
const apart = ['for another job', 'a blank id', 'completed by the first of two requests'];

const runs: readonly (readonly [string, readonly Outcome[], Readonly<Record<string, string>>])[] = [
  ['by default', byDefault, {}],
  ['filter off', withoutFilter, { 'activity.filter.processed.enrolments': 'false' }],
  ['certificate recovery', withRecovery, { 'activity.certificate.recovery': 'true' }],
  ['units not counted', withoutUnits, { 'activity.module.aggs.enabled': 'false' }],
];

const idsOf = (name: string): Ids => ({ userId: name, courseId: courseOf(name), batchId: batchOf(name) });

async function explain(place: Place, name: string, time: number = REQUESTED): Promise<Explained> {
  const options = { user: name, course: courseOf(name), batch: batchOf(name), time };
  return JSON.parse(await commandInProcess(place, 'explain', options)) as Explained;
}

/** Everything that the store holds, the input topic included. */
async function contentsOf(place: Place, name: string): Promise<unknown> {
  const dump = await dumpInProcess(place, join(folder, name));
  const store = await EmbeddedStore.open(place.embedded ?? '');
  const topics = store.log
    .topics()
    .map(({ name: topic, partitions }) => [
      topic,
      Array.from({ length: partitions }, (_, partition) => store.log.endOffset(topic, partition)),
    ]);
  await store.close();
  return { dump, topics };
}

describe.each(runs)('explain says beforehand what a request then does, %s', (name, outcomes, settings) => {
  const asked = outcomes.filter((outcome) => !apart.includes(outcome.name));
  const place: Place = { embedded: join(folder, name, 'store'), settings };
  const explained = new Map<string, Explained>();
  let before: Dump;
  let untouched: readonly unknown[];
  let after: Dump;

  beforeAll(async () => {
    writeOutcomes(join(folder, name, 'in'), outcomes);
    await loadInProcess(place, join(folder, name, 'in'));
    before = await dumpInProcess(place, join(folder, name, 'before'));
    const first = await contentsOf(place, `${name}/first`);
    for (const outcome of asked) {
      explained.set(outcome.name, await explain(place, outcome.name, outcome.requests?.[0]?.timestamp));
    }
    untouched = [first, await contentsOf(place, `${name}/second`)];
    await runInProcess(place);
    after = await dumpInProcess(place, join(folder, name, 'after'));
  }, 120_000);

  test.each(asked.map((outcome) => [outcome.name]))('%s', (user) => {
    const said = explained.get(user) as Explained;
    const ids = idsOf(user);
    expect(effectsOn(ids, after)).toEqual(effectsToCome(said, effectsOn(ids, before)));
    expect([...said.request.changes].sort()).toEqual(changedColumns(effectsOn(ids, before), effectsOn(ids, after)));
  });

  test('explain has written nothing', () => {
    expect(untouched[1]).toEqual(untouched[0]);
  });

  test('in the words of the golden file (UPDATE_GOLDEN=1 writes it)', () => {
    const golden = join(process.cwd(), 'test', 'golden', `explain-${name.replaceAll(' ', '-')}.txt`);
    const words = asked.map((outcome) => {
      const { outcome: what, rule, text } = (explained.get(outcome.name) as Explained).request;
      return `${outcome.name}\n  ${what} (${rule}): ${text}\n`;
    });
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, words.join(''));
    expect(words.join('')).toBe(readFileSync(golden, 'utf8'));
  });
});

test('a request of the time at which the enrolment was completed repeats its outputs, another one recomputes', async () => {
  const outcome = withoutFilter.find(({ name }) => name === 'completed by the first of two requests') as Outcome;
  const settings = { 'activity.filter.processed.enrolments': 'false' };
  const place: Place = { embedded: join(folder, 'two requests', 'store'), settings };
  writeOutcomes(join(folder, 'two requests', 'in'), [outcome]);
  await loadInProcess(place, join(folder, 'two requests', 'in'));
  const verdicts: string[] = [];
  for (const { timestamp } of outcome.requests ?? []) {
    verdicts.push((await explain(place, outcome.name, timestamp)).request.outcome);
  }
  expect(verdicts).toEqual(['repeats', 'completes']);
});
