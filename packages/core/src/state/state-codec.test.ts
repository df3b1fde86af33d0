import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Serializers } from './serializer.js';
import type { Serializer } from './serializer.js';
import { bodyOf, StateCodec, versionOf } from './state-codec.js';

const anything = fc.anything({ withDate: true, withMap: true, withSet: true, withBigInt: true });
const text = fc.string({ unit: 'binary', maxLength: 200 });
const plain = fc.oneof(fc.jsonValue(), text, fc.dictionary(text, text));

describe('the bytes of a value', () => {
  test.each<[string, Serializer<never>, fc.Arbitrary<unknown>]>([
    ['structuredClone', Serializers.structuredClone<never>(), fc.oneof(anything, plain)],
    ['json', Serializers.json<never>(), plain],
    ['number', Serializers.number() as Serializer<never>, fc.double()],
    ['string', Serializers.string() as Serializer<never>, text],
  ])('are what serialize of %s gives, behind version and time', (_name, serializer, values) => {
    for (const isTimed of [false, true]) {
      const codec = new StateCodec(serializer, isTimed);
      fc.assert(
        fc.property(values, fc.nat(), (value, changedAt) => {
          const bytes = codec.encode(value as never, changedAt);
          expect(Buffer.compare(bodyOf(bytes, isTimed), serializer.serialize(value as never))).toBe(0);
          expect([versionOf(bytes), codec.changedAt(bytes)]).toEqual([1, isTimed ? changedAt : 0]);
        }),
      );
    }
  });

  test('are not touched by the values behind them', () => {
    const codec = new StateCodec(Serializers.json<string>(), false);
    const values = Array.from({ length: 2_000 }, (_, index) => `${'é'.repeat(index % 90)}${String(index)}`);
    const written = values.map((value) => codec.encode(value, 0));
    expect(written.map((bytes) => codec.decode(bytes))).toEqual(values);
  });

  test('of a value larger than a piece of memory are whole', () => {
    const codec = new StateCodec(Serializers.structuredClone<string>(), true);
    const large = 'x'.repeat(300_000);
    codec.encode('before', 1);
    expect(codec.decode(codec.encode(large, 2))).toBe(large);
  });

  test('hold nothing of a value before them whose serializer threw', () => {
    const codec = new StateCodec(Serializers.json<unknown>(), false);
    expect(() => codec.encode(5n, 0)).toThrow('BigInt');
    expect(codec.decode(codec.encode('next', 0))).toBe('next');
  });

  test('are those of the serializer that was given where it is a copy of another with a serialize of its own', () => {
    const upper: Serializer<string> = {
      ...Serializers.json<string>(),
      serialize: (value) => Buffer.from(JSON.stringify(value.toUpperCase())),
    };
    const codec = new StateCodec(upper, false);
    expect(codec.decode(codec.encode('a', 0))).toBe('A');
  });
});
