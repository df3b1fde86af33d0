import { afterAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { changedColumns, effectsOn, effectsToCome } from '../support/effects.js';
import type { Explained, Ids } from '../support/effects.js';
import { hostileIds } from '../support/hostile-dataset.js';
import { commandInProcess, dumpInProcess, loadInProcess, runInProcess } from '../support/in-process.js';
import type { Place } from '../support/in-process.js';
import { temporaryFolder } from '../support/world.js';

const folder = temporaryFolder();
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const REQUESTED = 1_763_800_000_000;
const CONTENTS = ['a', 'b', 'c', 'd', '__proto__', "e'"];
const UNITS = ['unit 1', 'unit 2', 'constructor'];

/** Everything that bears on one enrolment; it shares nothing with the others of its data set. */
const scenario = fc.record({
  enrolment: fc.option(
    fc.record({
      status: fc.constantFrom(null, 0, 1, 2, 2, 2, 3),
      completedon: fc.constantFrom(null, 1_763_000_000_000, REQUESTED),
      progress: fc.option(fc.integer({ min: 0, max: 7 })),
      active: fc.option(fc.boolean()),
      contentstatus: fc.dictionary(fc.constantFrom(...CONTENTS), fc.integer({ min: 0, max: 2 })),
      issued: fc.constantFrom(0, 0, 1),
      older: fc.constantFrom(0, 0, 1),
    }),
    { freq: 8 },
  ),
  consumption: fc.array(
    fc.tuple(fc.constantFrom(...CONTENTS, 'outside'), fc.constantFrom(2, 2, 2, 2, 2, 1, 0, -1, 3, null)),
    { maxLength: 8 },
  ),
  leafNodes: fc.option(fc.subarray(CONTENTS), { freq: 5 }),
  optionalNodes: fc.oneof(fc.constant([]), fc.subarray([...CONTENTS, 'unit 1'])),
  units: fc.array(
    fc.record({
      unit: fc.constantFrom(...UNITS),
      leafNodes: fc.subarray(CONTENTS),
      optionalNodes: fc.oneof(fc.constant([]), fc.subarray(CONTENTS)),
      below: fc.subarray([...CONTENTS, 'outside']),
    }),
    { maxLength: 3 },
  ),
  stored: fc.option(fc.integer({ min: 0, max: 9 })),
  collection: fc.constantFrom(undefined, 'Live', 'Unlisted', 'Retired', 'Draft'),
  hostile: fc.constantFrom('', ...hostileIds.filter((id) => Buffer.byteLength(id) < 200)),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer S> ? S : never;

const settings = fc.record({
  'activity.filter.processed.enrolments': fc.constantFrom('true', 'false'),
  'activity.certificate.recovery': fc.constantFrom('true', 'false'),
  'activity.module.aggs.enabled': fc.constantFrom('true', 'true', 'false'),
});

function idsOf({ hostile }: Scenario, index: number): Ids {
  const n = String(index);
  return { userId: `user ${n}${hostile}`, courseId: `course ${n}${hostile}`, batchId: `${hostile}batch ${n}` };
}

function write(dataset: string, scenarios: readonly Scenario[]): void {
  const files: Record<
    'enrolments' | 'consumption' | 'aggregates' | 'relations' | 'collections' | 'requests',
    object[]
  > = { enrolments: [], consumption: [], aggregates: [], relations: [], collections: [], requests: [] };
  scenarios.forEach((each, index) => {
    const { userId, courseId, batchId } = idsOf(each, index);
    const ids = { userid: userId, courseid: courseId, batchid: batchId };
    const relation = (name: string, members: readonly string[]): void => {
      files.relations.push({ key: `${courseId}:${name}`, members });
    };
    if (each.enrolment !== null) {
      const { issued, older, ...columns } = each.enrolment;
      const certificates = (count: number): object[] => Array.from({ length: count }, () => ({ name: 'x' }));
      files.enrolments.push({
        ...{ ...ids, ...columns },
        ...{ issued_certificates: certificates(issued), certificates: certificates(older) },
      });
    }
    for (const [contentid, status] of each.consumption) files.consumption.push({ ...ids, contentid, status });
    if (each.stored !== null) {
      const key = { activity_type: 'Course', activity_id: courseId, user_id: userId, context_id: `cb:${batchId}` };
      files.aggregates.push({ ...key, aggregates: { completedCount: each.stored, 'score:x': 1 } });
    }
    relation(`${courseId}:leafnodes`, each.leafNodes ?? []);
    relation(`${courseId}:optionalnodes`, each.optionalNodes);
    const above = new Map<string, Set<string>>();
    for (const { unit, leafNodes, optionalNodes, below } of each.units) {
      relation(`${unit}:leafnodes`, leafNodes);
      relation(`${unit}:optionalnodes`, optionalNodes);
      for (const id of below) above.set(id, (above.get(id) ?? new Set([courseId])).add(unit));
    }
    for (const [id, units] of above) relation(`${id}:ancestors`, [...units]);
    if (each.collection !== undefined) files.collections.push({ identifier: courseId, status: each.collection });
    const edata = { action: 'user-enrolment-sync', userId, courseId, batchId };
    files.requests.push({ key: userId, timestamp: REQUESTED, value: JSON.stringify({ edata }) });
  });
  mkdirSync(dataset, { recursive: true });
  for (const [name, lines] of Object.entries(files)) {
    writeFileSync(join(dataset, `${name}.jsonl`), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }
}

let round = 0;

async function differencesIn(
  scenarios: readonly Scenario[],
  configured: Readonly<Record<string, string>>,
): Promise<{ readonly said: unknown[]; readonly done: unknown[] }> {
  round += 1;
  const here = join(folder, String(round));
  const place: Place = {
    embedded: join(here, 'store'),
    settings: { ...configured, 'relation.cache.missing.wait': '0' },
  };
  write(join(here, 'in'), scenarios);
  await loadInProcess(place, join(here, 'in'));
  const before = await dumpInProcess(place, join(here, 'before'));
  const explained: Explained[] = [];
  for (const [index, each] of scenarios.entries()) {
    const { userId: user, courseId: course, batchId: batch } = idsOf(each, index);
    const printed = await commandInProcess(place, 'explain', { user, course, batch, time: REQUESTED });
    explained.push(JSON.parse(printed) as Explained);
  }
  await runInProcess(place);
  const after = await dumpInProcess(place, join(here, 'after'));
  rmSync(here, { recursive: true, force: true });
  const said: unknown[] = [];
  const done: unknown[] = [];
  scenarios.forEach((each, index) => {
    const ids = idsOf(each, index);
    const [was, is] = [effectsOn(ids, before), effectsOn(ids, after)];
    const explanation = explained[index] as Explained;
    said.push({ ...effectsToCome(explanation, was), changes: [...explanation.request.changes].sort() });
    done.push({ ...is, changes: changedColumns(was, is) });
  });
  return { said, done };
}

test('on random data sets explain says what run then does: 0 differ', async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(scenario, { minLength: 1, maxLength: 25 }), settings, async (scenarios, configured) => {
      const { said, done } = await differencesIn(scenarios, configured);
      compared += said.length;
      expect(said).toEqual(done);
    }),
    { numRuns: 12 },
  );
  expect(compared).toBeGreaterThanOrEqual(12);
}, 300_000);
