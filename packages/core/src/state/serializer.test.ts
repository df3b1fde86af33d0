import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Serializers } from '@millrace/core';

const clone = Serializers.structuredClone<unknown>();

describe('the structured-clone serializer', () => {
  test('gives back whatever plain data it got', () => {
    fc.assert(
      fc.property(fc.anything({ withDate: true, withMap: true, withSet: true, withBigInt: true }), (value) => {
        expect(clone.deserialize(clone.serialize(value))).toStrictEqual(structuredClone(value));
      }),
    );
  });

  test('writes plain data as JSON, which takes a tenth of the time', () => {
    expect(Buffer.from(clone.serialize({ a: [1, 'é', null, true] })).toString()).toBe('\u0001{"a":[1,"é",null,true]}');
  });

  test.each([
    ['undefined', undefined],
    ['a property that is undefined', { a: undefined }],
    ['NaN', NaN],
    ['infinity', [-Infinity]],
    ['-0', -0],
    ['a hole', Object.assign(new Array(3), { 0: 1, 2: 2 })],
    ['a date', { at: new Date(5) }],
    ['bytes', Uint8Array.of(1, 2)],
    ['bigint', 5n],
    ['half a surrogate pair', '\ud800'],
    ['a property of an array', Object.assign([1], { index: 5 })],
    ['a property called __proto__', JSON.parse('{"__proto__":{"a":1}}')],
  ])('keeps %s', (_what, value) => {
    expect(clone.deserialize(clone.serialize(value))).toStrictEqual(structuredClone(value));
  });

  test('keeps one object that stands in two places one, and cycles', () => {
    const shared = { n: 1 };
    const read = clone.deserialize(clone.serialize([shared, shared])) as [object, object];
    expect(read[0]).toBe(read[1]);
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    const again = clone.deserialize(clone.serialize(cycle)) as { self: unknown };
    expect(again.self).toBe(again);
  });

  test('does not call toJSON, and refuses functions', () => {
    const read = clone.deserialize(
      clone.serialize({
        a: 1,
        b: {
          c: new (class {
            n = 1;
            toJSON = undefined;
          })(),
        },
      }),
    );
    expect(read).toEqual({ a: 1, b: { c: { n: 1 } } });
    expect(() => clone.serialize({ toJSON: () => 5 })).toThrow('could not be cloned');
  });
});

test('the number and string serializers give back what they got', () => {
  const [number, string] = [Serializers.number(), Serializers.string()];
  fc.assert(fc.property(fc.double(), (value) => Object.is(number.deserialize(number.serialize(value)), value)));
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => string.deserialize(string.serialize(value)) === value),
  );
  expect(string.deserialize(string.serialize('a\ud800'))).toBe('a\ud800');
});
