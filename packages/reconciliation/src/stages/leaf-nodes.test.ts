import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '@millrace/core/testing';
import { FakeStores, Outage } from '../test-support/fake-stores.js';
import { LeafNodes } from './leaf-nodes.js';
import type { LeafNodesFinding } from './leaf-nodes.js';

function open(options = {}) {
  const stores = new FakeStores();
  const clock = new ManualClock();
  const leafNodes = new LeafNodes(
    stores.relations,
    { missingWaitMs: 5_000, missingExpiryMs: 10_000, ...options },
    clock,
  );
  const never = new AbortController().signal;
  return { stores, clock, find: (courseId = 'C', signal = never) => leafNodes.find(courseId, signal) };
}

/** Outcome of a promise once it is there. */
function watch(promise: Promise<LeafNodesFinding>) {
  const seen: { finding?: LeafNodesFinding; error?: unknown } = {};
  promise.then(
    (finding) => (seen.finding = finding),
    (error: unknown) => (seen.error = error),
  );
  return seen;
}

describe('leaf nodes of a course', () => {
  test('that are there need no wait', async () => {
    const { stores, find, clock } = open();
    stores.course('C', { u: ['a'] });
    expect(await find()).toMatchObject({ sets: { leafNodes: new Set(['a']) }, waited: false });
    expect(clock.pendingTimers).toBe(0);
  });

  test('that are missing are read after 0.25, 0.5, 1.25 and 3 s more, five times in all', async () => {
    const { stores, find, clock } = open();
    const seen = watch(find());
    for (const [at, reads] of [
      [0, 1],
      [249, 1],
      [1, 2],
      [499, 2],
      [1, 3],
      [1_249, 3],
      [1, 4],
      [2_999, 4],
    ] as const) {
      await clock.advance(at);
      expect(stores.calls).toHaveLength(reads);
    }
    expect(seen.finding).toBeUndefined();
    await clock.advance(1);
    expect(seen.finding).toEqual({ sets: undefined, attempts: 5, waited: true });
    expect(clock.pendingTimers).toBe(0);
  });

  test('that come during the wait end it', async () => {
    const { stores, find, clock } = open();
    const seen = watch(find());
    await clock.advance(300);
    stores.course('C', { u: ['a'] });
    await clock.advance(450);
    expect(seen.finding).toMatchObject({ sets: { leafNodes: new Set(['a']) }, waited: true });
  });

  test('are waited for together', async () => {
    const { stores, find, clock } = open();
    const first = watch(find());
    await clock.advance(4_000);
    const second = watch(find());
    const other = watch(find('D'));
    await clock.advance(1_000);
    expect(first.finding).toEqual({ sets: undefined, attempts: 5, waited: true });
    expect(second.finding).toEqual(first.finding);
    expect(other.finding).toBeUndefined();
    expect(stores.calls.filter((call) => call === 'relations.sets C')).toHaveLength(6);
  });

  test('that were found missing are not waited for again for 10 s, but seen at once when they come', async () => {
    const { stores, find, clock } = open();
    const first = watch(find());
    await clock.advance(5_000);
    expect(first.finding).toBeDefined();
    await clock.advance(9_999);
    expect(await find()).toEqual({ sets: undefined, attempts: 5, waited: false });
    const late = watch(find());
    await clock.advance(1);
    expect(late.finding).toBeDefined();
    const again = watch(find());
    await clock.advance(4_999);
    expect(again.finding).toBeUndefined();
    await clock.advance(1);
    expect(again.finding).toMatchObject({ attempts: 5, waited: true });
    stores.course('C', { u: ['a'] });
    expect(await find()).toMatchObject({ sets: { leafNodes: new Set(['a']) }, waited: false });
  });

  test('that came and go missing again are waited for again', async () => {
    const { stores, find, clock } = open();
    const first = watch(find());
    await clock.advance(5_000);
    expect(first.finding).toBeDefined();
    stores.course('C', { u: ['a'] });
    await find();
    stores.leafNodes.clear();
    const again = watch(find());
    await clock.advance(1_000);
    expect(again.finding).toBeUndefined();
  });

  test('with no wait configured, the first read is believed', async () => {
    const { find } = open({ missingWaitMs: 0 });
    expect(await find()).toEqual({ sets: undefined, attempts: 1, waited: false });
  });

  test("an outage during the wait is everybody's error and leaves no finding", async () => {
    const { stores, find, clock } = open();
    const first = watch(find());
    const second = watch(find());
    await clock.advance(0);
    stores.before = () => {
      throw new Outage('connection lost');
    };
    await clock.advance(250);
    expect(first.error).toBeInstanceOf(Outage);
    expect(second.error).toBe(first.error);
    stores.before = () => {};
    const after = watch(find());
    await clock.advance(5_000);
    expect(after.finding).toMatchObject({ waited: true });
  });

  test('who gives up leaves the wait to the others; the last one ends it', async () => {
    const { find, clock } = open();
    const [one, two] = [new AbortController(), new AbortController()];
    const first = watch(find('C', one.signal));
    const second = watch(find('C', two.signal));
    await clock.advance(100);
    one.abort(new Error('task closed'));
    await clock.advance(0);
    expect(first.error).toMatchObject({ message: 'task closed' });
    expect(clock.pendingTimers).toBe(1);
    two.abort(new Error('task closed too'));
    await clock.advance(0);
    expect(clock.pendingTimers).toBe(0);
    const third = watch(find());
    await clock.advance(0);
    expect(second.error).toMatchObject({ message: 'task closed too' });
    await clock.advance(5_000);
    expect(third.finding).toMatchObject({ attempts: 5 });
    expect(clock.pendingTimers).toBe(0);
  });
});
