import { describe, expect, test } from '@jest/globals';
import type { BatchOptions, BoundStatement, CassandraPage, CassandraParams, CassandraRow } from '@millrace/cassandra';
import { userContentConsumption } from '../../dataset/table-schema.js';
import { CassandraActivityAggregateStore } from './activity-aggregate-store.js';
import { batchesOf } from './batches.js';
import { CassandraEnrolmentStore } from './enrolment-store.js';
import { CassandraTableAccess } from './table-access.js';

/** Notes what is sent to it. */
class FakeSession {
  readonly singles: BoundStatement[] = [];
  readonly batches: { statements: readonly BoundStatement[]; options: BatchOptions | undefined }[] = [];
  found: CassandraRow[] = [];
  failures: Error[] = [];

  execute(statement: string, params: CassandraParams = []): Promise<CassandraPage> {
    this.singles.push({ statement, params });
    return this.#answer({ rows: this.found, nextPage: undefined });
  }

  all(): Promise<CassandraRow[]> {
    return Promise.resolve(this.found);
  }

  batch(statements: readonly BoundStatement[], options?: BatchOptions): Promise<void> {
    this.batches.push({ statements, options });
    return this.#answer(undefined);
  }

  async *rows(): AsyncGenerator<CassandraRow, void> {
    yield* await Promise.resolve(this.found);
  }

  #answer<T>(value: T): Promise<T> {
    const failure = this.failures.shift();
    return failure === undefined ? Promise.resolve(value) : Promise.reject(failure);
  }
}

const key = { userId: 'u\'"', courseId: 'c', batchId: 'b' };
const progress = { ...key, progress: 3, contentStatus: new Map([['x', 2]]), datetime: 5_000, readAt: 10n };

describe('CassandraEnrolmentStore', () => {
  test('an incomplete enrolment is one statement, its ids are parameters', async () => {
    const session = new FakeSession();
    await new CassandraEnrolmentStore(session, '"k"."t"').write(progress);
    expect(session.batches).toEqual([]);
    expect(session.singles).toEqual([
      {
        statement:
          'UPDATE "k"."t" USING TIMESTAMP ? SET progress = ?, contentstatus = ?, datetime = ?, status = ? WHERE userid = ? AND courseid = ? AND batchid = ?',
        params: [10n, 3, new Map([['x', 2]]), new Date(5_000), 1, 'u\'"', 'c', 'b'],
      },
    ]);
  });

  test('a completion is one UNLOGGED batch of two statements with their own timestamps', async () => {
    const session = new FakeSession();
    const completion = { completedon: 7, writtenAt: 20n };
    await new CassandraEnrolmentStore(session, '"k"."t"').write({ ...progress, completion });
    expect(session.batches).toHaveLength(1);
    const [batch] = session.batches;
    expect(batch?.options?.logged ?? false).toBe(false);
    expect(batch?.statements.map((each) => each.params[0])).toEqual([10n, 20n]);
    expect(batch?.statements[1]?.statement).toContain('SET status = ?, completedon = ? WHERE');
    expect(batch?.statements[1]?.params.slice(1, 3)).toEqual([2, new Date(7)]);
  });

  test('a column of another type than expected is an error of the row', async () => {
    const session = new FakeSession();
    session.found = [{ status: '2', w0: null }];
    await expect(new CassandraEnrolmentStore(session, 't').read(key)).rejects.toThrow(
      'user_enrolments.status: is not a whole number',
    );
  });
});

describe('CassandraActivityAggregateStore', () => {
  const updates = Array.from({ length: 25 }, (_, i) => ({
    activityId: String(i),
    userId: 'u',
    batchId: 'b',
    completedCount: i,
  }));

  test.each([
    [10, [10, 10, 5]],
    [1_000, [25]],
    [24, [24, 1]],
  ])('with a batch size of %d 25 updates are requests of %j', async (batchSize, sizes) => {
    const session = new FakeSession();
    await new CassandraActivityAggregateStore(session, { table: 't', batchSize }).merge(updates, 1, 1n);
    const sent = [...session.batches.map((batch) => batch.statements.length), ...session.singles.map(() => 1)];
    expect(sent).toEqual(sizes);
  });

  test('with a batch size of 1 they are single statements', async () => {
    const session = new FakeSession();
    await new CassandraActivityAggregateStore(session, { table: 't', batchSize: 1 }).merge(updates, 1, 1n);
    expect([session.singles.length, session.batches.length]).toEqual([25, 0]);
  });

  test('a failure is told only after everything has ended', async () => {
    const session = new FakeSession();
    session.failures.push(new Error('first'));
    const merged = new CassandraActivityAggregateStore(session, { table: 't', batchSize: 10 }).merge(updates, 1, 1n);
    await expect(merged).rejects.toThrow('first');
    expect(session.batches).toHaveLength(3);
  });
});

test('batchesOf keeps the order and cuts by size and by bytes', () => {
  const statements = ['a', 'b', 'c'.repeat(900), 'd', 'e'].map((text) => ({ statement: 's', params: [text] }));
  const sizes = (batches: readonly (readonly BoundStatement[])[]): number[] => batches.map((batch) => batch.length);
  expect(sizes(batchesOf(statements, 2))).toEqual([2, 2, 1]);
  // 'c' has 900 bytes and, with what every statement costs, fits into 1,000 with no other.
  expect(sizes(batchesOf(statements, 10, 1_010))).toEqual([2, 1, 2]);
  expect(batchesOf(statements, 10, 1_010).flat()).toEqual(statements);
  expect(sizes(batchesOf(statements, 10, 10))).toEqual([1, 1, 1, 1, 1]);
});

describe('CassandraTableAccess', () => {
  const row = (userid: string, contentid: string) => ({
    key: [userid, 'c', 'b', contentid],
    columns: new Map([['status', 2]]),
  });

  test('neighbours of one partition go together, each under a later timestamp', async () => {
    const session = new FakeSession();
    const tables = new CassandraTableAccess(
      session,
      () => '"k"."t"',
      () => 1_000,
    );
    await tables.upsert(userContentConsumption, [row('u', 'x'), row('u', 'y'), row('v', 'x'), row('u', 'x')]);
    expect(session.batches.map((batch) => batch.statements.length)).toEqual([2]);
    expect(session.singles).toHaveLength(2);
    const sent = [...session.batches.flatMap((batch) => batch.statements), ...session.singles];
    expect(sent.map((each) => each.params.at(-1))).toEqual([1_000_000n, 1_000_001n, 1_000_002n, 1_000_003n]);
    expect(sent[0]?.statement).toBe(
      'INSERT INTO "k"."t" ("userid", "courseid", "batchid", "contentid", "status") VALUES (?, ?, ?, ?, ?) USING TIMESTAMP ?',
    );
  });

  test('a failure ends the load', async () => {
    const session = new FakeSession();
    session.failures.push(new Error('down'));
    const tables = new CassandraTableAccess(
      session,
      () => 't',
      () => 1_000,
    );
    await expect(tables.upsert(userContentConsumption, [row('u', 'x'), row('v', 'x')])).rejects.toThrow('down');
  });
});
