import { beforeEach, describe, expect, test } from '@jest/globals';
import { check } from './check.js';
import type { CheckOptions } from './check.js';
import { InnocentWorld } from './innocent-world.js';
import { Cast } from './learner.js';
import type { Kind } from './learner.js';
import type { ReadRecord } from './observed.js';
import type { Verdict } from './verdict.js';

const POOL = 80;

describe('the checker of the integrity rows', () => {
  let cast: Cast;
  let world: InnocentWorld;

  beforeEach(() => {
    cast = new Cast('made-up');
    world = new InnocentWorld(cast, POOL);
  });

  const judged = (options: CheckOptions = {}): Verdict => check(cast, POOL, world.planned, world.seen, options);
  const without = (records: ReadRecord[], record: ReadRecord | undefined): void => {
    expect(record).toBeDefined();
    records.splice(records.indexOf(record!), 1);
  };
  const outputOf = (records: readonly ReadRecord[], kind: Kind): ReadRecord =>
    records.find(({ key }) => key === world.learner(kind).userid)!;
  const failedOf = (kind: Kind): ReadRecord => {
    const { partition, offset } = world.inputOf(world.learner(kind));
    const place = `"partition":${String(partition)},"offset":"${String(offset)}"`;
    return world.seen.failed.find(({ value }) => value?.includes(place))!;
  };

  test('an innocent world gives no finding', () => {
    const verdict = judged();
    expect(verdict.summary).toBe('');
    expect(verdict).toMatchObject({ isClean: true, records: world.planned.length, lost: 0, wrong: 0, duplicates: 0 });
    const kinds = new Set(world.planned.map(({ learner }) => learner.kind));
    expect(kinds.size).toBe(10);
  });

  const lost: [string, () => void, RegExp][] = [
    [
      'a request that is not in the topic',
      () => without(world.seen.inputs, world.inputOf(world.learner('not ours'))),
      /the feeder lost it/,
    ],
    ['a commit short of the end', () => void world.seen.committed.set(1, 3), /partition 1 is committed up to 3 of/],
    ['a partition without a commit', () => void world.seen.committed.delete(0), /partition 0 is committed up to 0 of/],
    [
      'a certificate',
      () => without(world.seen.certificates, outputOf(world.seen.certificates, 'completes')),
      /certificate of completes/,
    ],
    [
      'an audit event',
      () => without(world.seen.audits, outputOf(world.seen.audits, 'asks thrice')),
      /audit event of asks thrice/,
    ],
    [
      'a failed event',
      () => without(world.seen.failed, failedOf('leaf nodes missing')),
      /failed event of leaf nodes missing/,
    ],
  ];
  test.each(lost)('%s is lost', (_what, change, finding) => {
    change();
    const verdict = judged();
    expect(verdict.first).toMatch(finding);
    expect(verdict).toMatchObject({ isClean: false, lost: 1, wrong: 0 });
  });

  const changed = (kind: Kind, row: object): void => {
    const key = world.enrolmentKeyOf(world.learner(kind));
    world.seen.enrolments.set(key, { ...world.seen.enrolments.get(key)!, ...row });
  };
  const wrong: [string, () => void, RegExp][] = [
    ['a commit beyond the end', () => void world.seen.committed.set(0, 9_999), /committed beyond its end: 9999/],
    [
      'a record that nobody planned',
      () => void world.seen.inputs.push({ partition: 0, offset: 9_000, timestamp: 1, key: null, value: '{}' }),
      /9000 was not planned/,
    ],
    ['an enrolment that is not completed', () => changed('completes', { status: 1 }), /enrolment of completes/],
    ['a completion at another time', () => changed('asks thrice', { completedon: 5 }), /enrolment of asks thrice/],
    [
      'a completed enrolment that was computed again',
      () => changed('completed before', { progress: 4 }),
      /enrolment of completed before/,
    ],
    [
      'a row that is gone',
      () => void world.seen.enrolments.delete(world.enrolmentKeyOf(world.learner('progresses'))),
      /enrolment of progresses.*undefined instead of/,
    ],
    [
      'a score of another job that is gone',
      () => {
        const { userid, courseid } = world.learner('completes');
        const { [courseid]: own, ...units } = world.seen.aggregates.get(userid)!;
        const kept = { completedCount: own!['completedCount']! };
        expect(own).not.toEqual(kept);
        world.seen.aggregates.set(userid, { ...units, [courseid]: kept });
      },
      /aggregates of completes/,
    ],
    [
      'a certificate without a key',
      () => void world.seen.certificates.push({ partition: 0, offset: 900, timestamp: 1, key: null, value: '{}' }),
      /certificate without a key/,
    ],
    [
      'an output for nobody',
      () => void world.seen.audits.push({ partition: 0, offset: 900, timestamp: 1, key: 'nobody', value: '{}' }),
      /for nobody, who is nobody/,
    ],
    [
      'a certificate of who has not completed',
      () =>
        void world.seen.certificates.push({
          partition: 0,
          offset: 900,
          timestamp: 1,
          key: world.learner('progresses', 2).userid,
          value: '{}',
        }),
      /certificate of progresses.* that should not be/,
    ],
    [
      'a certificate that says something else',
      () => Object.assign(outputOf(world.seen.certificates, 'completes'), { value: '{}' }),
      /certificate of completes, .*: \{\}/,
    ],
    [
      'a repetition that is not the same',
      () => void world.seen.audits.push({ ...outputOf(world.seen.audits, 'completes'), value: '{}' }),
      /came again and was not the same/,
    ],
    [
      'a failed event that cannot be read',
      () => void world.seen.failed.push({ partition: 0, offset: 900, timestamp: 1, key: null, value: 'x' }),
      /cannot be read: x/,
    ],
    [
      'a failed event with another code',
      () =>
        Object.assign(failedOf('invalid'), {
          value: failedOf('invalid').value?.replace('ERR_INVALID_EVENT', 'ERR_PROCESSING'),
        }),
      /invalid, .* failed with ERR_PROCESSING, not with ERR_INVALID_EVENT/,
    ],
    [
      'a failed event of a record that is not there',
      () =>
        void world.seen.failed.push(
          world.failedEvent({ partition: 1, offset: 7_000, timestamp: 1, key: 'k', value: '' }, 'ERR_PROCESSING'),
        ),
      /for 1\/7000, which is not in the input/,
    ],
    [
      'a request that failed for no reason',
      () => void world.seen.failed.push(world.failedEvent(world.inputOf(world.learner('not ours')), 'ERR_PROCESSING')),
      /not ours, .* failed with ERR_PROCESSING, not with anything/,
    ],
    [
      'failed events of a key out of order',
      () => void world.seen.failed.reverse(),
      /failed events of key .* out of order/,
    ],
  ];
  test.each(wrong)('%s is wrong', (_what, change, finding) => {
    change();
    const verdict = judged();
    expect(verdict.first).toMatch(finding);
    expect(verdict.lost).toBe(0);
    expect(verdict.wrong).toBeGreaterThan(0);
  });

  test('outputs that come again, equal to the byte, are counted and allowed', () => {
    for (const records of [world.seen.certificates, world.seen.audits]) records.push(outputOf(records, 'completes'));
    world.seen.failed.push(failedOf('invalid'));
    expect(judged()).toMatchObject({ isClean: true, duplicates: 3 });
  });

  test('what a fault may make fail is accounted for by its failed event, and must then have no output', () => {
    const learner = world.learner('completes');
    world.seen.failed.push(world.failedEvent(world.inputOf(learner), 'ERR_CASSANDRA'));
    const told = judged({ mayFail: ['ERR_CASSANDRA'] });
    expect(told).toMatchObject({ lost: 0, wrong: 2 });
    expect(told.summary).toMatch(/certificate of completes.*that should not be/);
    for (const records of [world.seen.certificates, world.seen.audits])
      without(records, outputOf(records, 'completes'));
    expect(judged({ mayFail: ['ERR_CASSANDRA'] }).summary).toBe('');
  });

  test('records that a row sent besides the feed must fail with the code that it names', () => {
    const other = { partition: 0, offset: 5_000, timestamp: 1, key: null, value: 'poison' };
    world.seen.inputs.push(other);
    const others = (input: ReadRecord): string | undefined => (input === other ? 'ERR_UNPARSEABLE_EVENT' : undefined);
    expect(judged({ others }).first).toMatch(/lost: failed event of a record of the row, 0\/5000/);
    world.seen.failed.push(world.failedEvent(other, 'ERR_UNPARSEABLE_EVENT'));
    expect(judged({ others }).summary).toBe('');
  });

  test('of many findings the first twelve are shown, and all are counted', () => {
    world.seen.certificates.length = 0;
    const verdict = judged();
    expect(verdict.lost).toBeGreaterThan(12);
    expect(verdict.summary.split('\n')).toHaveLength(13);
    expect(verdict.summary).toMatch(new RegExp(`and ${String(verdict.lost - 12)} more$`));
  });
});
