import { describe, expect, test } from '@jest/globals';
import { GraphValidationError, Serializers, StreamExecutionEnvironment } from '@millrace/core';
import type { DataStream } from '@millrace/core';
import { TestTopics, testRepartition } from '@millrace/core/testing';

interface Pair {
  readonly a: string;
  readonly b: string;
}

const byA = ({ a }: Pair): string => a;
const byB = ({ b }: Pair): string => b;
const last = (_: Pair, each: Pair): Pair => each;

/** What is wrong with the graph that `build` makes. */
function problemsOf(build: (pairs: DataStream<Pair>, topics: TestTopics) => DataStream<Pair>): readonly string[] {
  const env = new StreamExecutionEnvironment({ jobName: 'job' });
  const topics = new TestTopics();
  build(env.fromCollection<Pair>([], { uid: 'pairs' }), topics).sinkTo(topics.sink('out') as never, { uid: 'out' });
  try {
    env.getStreamGraph();
    return [];
  } catch (error) {
    if (error instanceof GraphValidationError) return error.problems;
    throw error;
  }
}

describe('state by another key than before', () => {
  test('is an error that names both operators', () => {
    const problems = problemsOf((pairs) =>
      pairs
        .keyBy(byA)
        .reduce(last, { uid: 'latest-of-a' })
        .map((pair) => pair)
        .keyBy(byB)
        .reduce(last, { uid: 'latest-of-b' }),
    );
    expect(problems).toEqual([
      expect.stringMatching(/^latest-of-b keeps state by another key than latest-of-a .*repartition/),
    ]);
  });

  test('is none for the first key of a source, the same selector again, or where nothing is kept by the second', () => {
    expect(problemsOf((pairs) => pairs.keyBy(byA).reduce(last, { uid: 'x' }))).toEqual([]);
    expect(
      problemsOf((pairs) => pairs.keyBy(byA).reduce(last, { uid: 'x' }).keyBy(byA).reduce(last, { uid: 'y' })),
    ).toEqual([]);
    expect(problemsOf((pairs) => pairs.keyBy(byA).reduce(last, { uid: 'x' }).keyBy(byB).admit({ uid: 'y' }))).toEqual(
      [],
    );
  });

  test('is none where the key is said to stay in its partition, but is one again behind that', () => {
    const two = (pairs: DataStream<Pair>): DataStream<Pair> =>
      pairs
        .keyBy(byA)
        .reduce(last, { uid: 'x' })
        .keyBy(byB, { preservesPartitioning: true })
        .reduce(last, { uid: 'y' });
    expect(problemsOf(two)).toEqual([]);
    expect(problemsOf((pairs) => two(pairs).keyBy(byA).reduce(last, { uid: 'z' }))).toHaveLength(1);
  });

  test('is none behind a repartition', () => {
    const through = (topics: TestTopics) => ({
      through: testRepartition(topics),
      serializer: Serializers.json<Pair>(),
    });
    expect(
      problemsOf((pairs, topics) =>
        pairs
          .keyBy(byA)
          .reduce(last, { uid: 'x' })
          .repartition(byB, { uid: 'again', ...through(topics) })
          .reduce(last, { uid: 'y' }),
      ),
    ).toEqual([]);
  });

  test('is one behind a key that let elements in one at a time', () => {
    const problems = problemsOf((pairs) =>
      pairs.keyBy(byA).admit({ uid: 'one-at-a-time' }).keyBy(byB).reduce(last, { uid: 'y' }),
    );
    expect(problems).toEqual([expect.stringContaining('y keeps state by another key than one-at-a-time')]);
  });
});
