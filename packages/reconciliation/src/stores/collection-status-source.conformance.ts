import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CollectionLine } from '../dataset/lines.js';
import { hostileIds } from './hostile-ids.conformance.js';
import type { CollectionStatusSource } from './ports.js';

export interface CollectionStatusSourceFixture {
  readonly source: CollectionStatusSource;
  put(collections: readonly CollectionLine[]): Promise<void>;
  close(): Promise<void>;
}

/** What every adapter of CollectionStatusSource does. */
export function collectionStatusSourceConformance(
  name: string,
  open: () => Promise<CollectionStatusSourceFixture>,
): void {
  describe(`CollectionStatusSource: ${name}`, () => {
    let fixture: CollectionStatusSourceFixture;

    beforeAll(async () => {
      fixture = await open();
    });

    afterAll(async () => {
      await fixture.close();
    });

    test.each(['Live', 'Unlisted', 'Retired'])('%s is told', async (status) => {
      await fixture.put([{ identifier: `do_${status}`, status }]);
      expect(await fixture.source.status(`do_${status}`)).toBe(status);
    });

    test('a collection that nobody knows is undefined', async () => {
      expect(await fixture.source.status('do_nobody')).toBeUndefined();
    });

    test('any other status counts as unknown', async () => {
      await fixture.put([{ identifier: 'do_draft', status: 'Draft' }]);
      expect(await fixture.source.status('do_draft')).toBeUndefined();
    });

    test('the last line of a collection wins', async () => {
      await fixture.put([
        { identifier: 'do_twice', status: 'Live' },
        { identifier: 'do_twice', status: 'Retired' },
      ]);
      expect(await fixture.source.status('do_twice')).toBe('Retired');
    });

    test.each(hostileIds)('ids are data: %j', async (id) => {
      await fixture.put([{ identifier: id, status: 'Live' }]);
      expect(await fixture.source.status(id)).toBe('Live');
    });
  });
}
