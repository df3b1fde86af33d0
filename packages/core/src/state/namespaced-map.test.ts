import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NamespacedMap } from './namespaced-map.js';

test('holds what a plain map of both holds, whatever the order of calls', () => {
  const call = fc.record({
    what: fc.constantFrom('get', 'set', 'delete'),
    namespace: fc.constantFrom('', 'a', 'b'),
    key: fc.constantFrom<string | number>('x', 'y', 0, 1),
  });
  fc.assert(
    fc.property(fc.array(call, { maxLength: 60 }), (calls) => {
      const map = new NamespacedMap<number>();
      const model = new Map<string, number>();
      for (const [index, { what, namespace, key }] of calls.entries()) {
        const id = JSON.stringify([namespace, key]);
        if (what === 'set') {
          map.set(namespace, key, index);
          model.set(id, index);
        } else if (what === 'delete') {
          map.delete(namespace, key);
          model.delete(id);
        }
        expect(map.get(namespace, key)).toBe(model.get(id));
      }
      expect([...map.values()].sort()).toEqual([...model.values()].sort());
    }),
  );
});
