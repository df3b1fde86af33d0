import { describe, expect, test } from '@jest/globals';
import { StreamExecutionEnvironment } from '@millrace/core';
import type { DataStream } from '@millrace/core';
import { FakeSink } from '../test-support/fake-sink.js';
import { FakeSource } from '../test-support/fake-source.js';
import { taskGroupsOf } from './task-groups.js';

describe('sources share tasks', () => {
  const graphOf = (
    build: (a: DataStream<number>, b: DataStream<number>, c: DataStream<number>) => void,
  ): ReturnType<typeof taskGroupsOf> => {
    const env = new StreamExecutionEnvironment({ jobName: 'job' });
    const source = (uid: string): DataStream<number> => env.fromSource(new FakeSource<number>().source, { uid });
    build(source('a'), source('b'), source('c'));
    return taskGroupsOf(env.getStreamGraph());
  };
  const sum = (stream: DataStream<number>, uid: string): DataStream<number> =>
    stream.keyBy((n) => n).reduce((x, y) => x + y, { uid });

  test('not, where their streams flow only into the same stateless operators', () => {
    const groups = graphOf((a, b, c) => {
      a.union(b, c)
        .map((n) => n)
        .sinkTo(new FakeSink<number>().sink, { uid: 'out' });
    });
    expect(groups.map(({ sourceUids }) => sourceUids)).toEqual([['a'], ['b'], ['c']]);
  });

  test('where they meet in an operator with state, before or behind it', () => {
    const groups = graphOf((a, b, c) => {
      const merged = sum(a.union(b), 'one');
      merged.union(sum(c, 'two')).sinkTo(new FakeSink<number>().sink, { uid: 'out' });
    });
    expect(groups).toEqual([
      { name: 'a', sourceUids: ['a', 'b'], meetIn: 'one' },
      { name: 'c', sourceUids: ['c'], meetIn: undefined },
    ]);
  });

  test('transitively: a with b, b with c', () => {
    const groups = graphOf((a, b, c) => {
      const one = sum(a.union(b), 'one');
      const two = sum(b.union(c), 'two');
      one.union(two).sinkTo(new FakeSink<number>().sink, { uid: 'out' });
    });
    expect(groups.map(({ sourceUids }) => sourceUids)).toEqual([['a', 'b', 'c']]);
  });
});
