import { describe, expect, test } from '@jest/globals';
import { Serializers, TumblingEventTimeWindows } from '@millrace/core';
import type { DataStream, KeyedStream, Serializer, TaggedUnion } from '@millrace/core';
import { OperatorHarness, TwoInputOperatorHarness } from '@millrace/core/testing';
import type { HarnessOptions, HarnessSnapshot } from '@millrace/core/testing';
import { arraySerializer } from '../state/array-serializer.js';

/** Of a class that keeps its fields to itself: only a serializer of one's own gives it back as it was. */
class Sack {
  readonly #grain: string;
  readonly #kilos: number;

  constructor(grain: string, kilos: number) {
    this.#grain = grain;
    this.#kilos = kilos;
  }

  get grain(): string {
    return this.#grain;
  }

  get kilos(): number {
    return this.#kilos;
  }

  toString(): string {
    return `${String(this.kilos)} of ${this.grain}`;
  }
}

/** Version n writes the kilos n times. */
function sacks(version = 1): Serializer<Sack> {
  const read = (bytes: Uint8Array, divisor: number): Sack => {
    const [grain = '', kilos = ''] = Buffer.from(bytes).toString('utf8').split('\n');
    return new Sack(grain, Number(kilos) / divisor);
  };
  return {
    id: 'sack',
    version,
    serialize: ({ grain, kilos }) => Buffer.from(`${grain}\n${String(kilos * version)}`, 'utf8'),
    deserialize: (bytes) => read(bytes, version),
    migrate: read,
  };
}

const byGrain = ({ grain }: Sack): string => grain;
const pair = (one: Sack, other: Sack): string => `${one.toString()}, ${other.toString()}`;

describe('flink 1.9 what an operator keeps is stored by the serializer that it is given', () => {
  test.each<[string, (keyed: KeyedStream<string, Sack>, serializer: Serializer<Sack>) => DataStream<Sack>, string]>([
    [
      'reduce',
      (keyed, serializer) => keyed.reduce((a, b) => new Sack(a.grain, a.kilos + b.kilos), { uid: 'op', serializer }),
      '7 of rye',
    ],
    ['minBy', (keyed, serializer) => keyed.minBy('kilos', { uid: 'op', serializer }), '2 of rye'],
    ['maxBy', (keyed, serializer) => keyed.maxBy('kilos', { uid: 'op', serializer }), '5 of rye'],
  ])('rolling %s', async (_, build, expected) => {
    const open = (restore?: HarnessSnapshot, version = 1): Promise<OperatorHarness<Sack, Sack>> =>
      OperatorHarness.forStream((stream) => build(stream.keyBy(byGrain), sacks(version)), restored(restore));
    const before = await open();
    await before.processElement(new Sack('rye', 5));
    const after = await open(await before.snapshot(), 2);
    await after.processElement(new Sack('rye', 2));
    expect(after.failures).toEqual([]);
    expect(after.output().map(String)).toEqual([expected]);
  });

  test('rolling sum of a function: of what the function returns', async () => {
    const written: number[] = [];
    const numbers: Serializer<number> = {
      ...Serializers.number(),
      serialize: (value) => {
        written.push(value);
        return Serializers.number().serialize(value);
      },
    };
    const harness = await OperatorHarness.forStream<Sack, number>((stream) =>
      stream.keyBy(byGrain).sum(({ kilos }) => kilos, { uid: 'op', serializer: numbers }),
    );
    await harness.processElement(new Sack('rye', 5));
    await harness.processElement(new Sack('rye', 2));
    await harness.snapshot();
    expect(written).toEqual([7]);
  });

  test('interval join: each side by its own, a later version migrates what waits', async () => {
    const open = (restore?: HarnessSnapshot, version = 1): Promise<TwoInputOperatorHarness<Sack, Sack, string>> =>
      TwoInputOperatorHarness.forStreams<Sack, Sack, string>(
        (lefts, rights) =>
          lefts
            .keyBy(byGrain)
            .intervalJoin(rights.keyBy(byGrain))
            .between(-10, 10)
            .process(
              { processElement: (left, right, _context, out) => out.collect(pair(left, right)) },
              { uid: 'op', leftSerializer: sacks(version), rightSerializer: sacks(version) },
            ),
        restored(restore),
      );
    const before = await open();
    await before.processElement1(new Sack('rye', 1), 5);
    await before.processElement1(new Sack('rye', 2), 5);
    await before.processElement2(new Sack('oats', 3), 5);
    const after = await open(await before.snapshot(), 2);
    await after.processElement2(new Sack('rye', 4), 6);
    await after.processElement1(new Sack('oats', 6), 6);
    expect(after.failures).toEqual([]);
    expect(after.output()).toEqual(['1 of rye, 4 of rye', '2 of rye, 4 of rye', '6 of oats, 3 of oats']);
  });

  test('window join: elements with the stream that they came from', async () => {
    const one = sacks();
    const tagged: Serializer<TaggedUnion<Sack, Sack>> = {
      id: 'tagged sack',
      version: 1,
      serialize: (each) =>
        'one' in each
          ? Buffer.concat([Buffer.of(1), one.serialize(each.one)])
          : Buffer.concat([Buffer.of(2), one.serialize(each.two)]),
      deserialize: (bytes) => {
        const value = one.deserialize(bytes.subarray(1));
        return bytes[0] === 1 ? { one: value } : { two: value };
      },
    };
    const open = (restore?: HarnessSnapshot): Promise<TwoInputOperatorHarness<Sack, Sack, string>> =>
      TwoInputOperatorHarness.forStreams<Sack, Sack, string>(
        (lefts, rights) =>
          lefts
            .join(rights)
            .where(byGrain)
            .equalTo(byGrain)
            .window(TumblingEventTimeWindows.of(10))
            .apply(pair, { uid: 'op', serializer: tagged }),
        restored(restore),
      );
    const before = await open();
    await before.processElement1(new Sack('rye', 1), 5);
    await before.processElement2(new Sack('rye', 4), 6);
    const after = await open(await before.snapshot());
    await after.processWatermark(9);
    expect(after.failures).toEqual([]);
    expect(after.output()).toEqual(['1 of rye, 4 of rye']);
  });

  test('several elements as one value: any number of them, empty ones too', () => {
    const texts = arraySerializer(Serializers.string());
    for (const values of [[], [''], ['', 'a', ''], ['grain', 'x'.repeat(70_000), 'water']]) {
      const bytes = Buffer.concat([Buffer.of(0), texts.serialize(values)]).subarray(1); // not at the start of its buffer
      expect(texts.deserialize(bytes)).toEqual(values);
    }
  });
});

function restored(restore: HarnessSnapshot | undefined): HarnessOptions {
  return restore === undefined ? {} : { restore };
}
