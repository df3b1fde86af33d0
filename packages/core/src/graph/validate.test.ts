import { describe, expect, test } from '@jest/globals';
import {
  AsyncDataStream,
  GraphValidationError,
  OutputTag,
  StreamExecutionEnvironment,
  StreamGraph,
} from '@millrace/core';
import type { KeyedProcessOptions } from '@millrace/core';
import { FakeSink } from '../test-support/fake-sink.js';
import { FakeSource } from '../test-support/fake-source.js';
import { problemsOf } from './validate.js';

const source = new FakeSource<string>('words').source;
const sink = new FakeSink<string>().sink;
const env = (): StreamExecutionEnvironment => new StreamExecutionEnvironment({ jobName: 'checked' });
const pass = { processElement() {} };

function problemsIn(build: (env: StreamExecutionEnvironment) => void): readonly string[] {
  const its = env();
  build(its);
  try {
    its.getStreamGraph();
    return [];
  } catch (error) {
    return (error as GraphValidationError).problems;
  }
}

describe('validation', () => {
  test('finds nothing wrong with a graph that can run', () => {
    expect(problemsIn((its) => its.fromSource(source, { uid: 'in' }).sinkTo(sink, { uid: 'out' }))).toEqual([]);
  });

  test('lists everything at once', () => {
    const read = new OutputTag<string>('read');
    const unread = new OutputTag<string>('unread');
    const build = (its: StreamExecutionEnvironment): void => {
      const words = its.fromSource(source, { uid: 'in' });
      words.keyBy((word) => word).process(pass, { name: 'counter' } as unknown as KeyedProcessOptions<string>);
      const parsed = words.process<string>(pass, { uid: 'parse', sideOutputs: [unread, unread] });
      parsed.getSideOutput(read).sinkTo(sink, { uid: 'in' });
    };
    expect(problemsIn(build)).toEqual([
      'counter keeps state and has no uid: set one, its state is stored under it',
      'uid in stands for two operators; give each its own',
      'parse names the tag unread twice',
      'parse emits to side output unread, which nothing reads',
      'in reads side output read of parse, which emits to no such tag',
    ]);
    const its = env();
    build(its);
    expect(() => its.getStreamGraph()).toThrow(GraphValidationError);
  });

  test('knows of a dead letter that nobody reads, but not of tags that were not declared', () => {
    const failed = new OutputTag<string>('failed');
    const other = new OutputTag<string>('other');
    const errors = { onEventError: { tag: failed, make: (word: string) => [word] } };
    expect(
      problemsIn((its) => {
        const parsed = its.fromSource(source, { uid: 'in' }).process<string>(pass, { uid: 'parse', errors });
        parsed.getSideOutput(other).sinkTo(sink, { uid: 'out' });
      }),
    ).toEqual(['parse emits to side output failed, which nothing reads']);
  });

  test('wants a source', () => {
    expect(problemsIn(() => undefined)).toEqual(['the graph has no source']);
  });

  test('finds circles and edges that lead nowhere, in graphs made by hand', () => {
    const node = {
      name: 'n',
      kind: 'map' as const,
      hasExplicitUid: true,
      isStateful: false,
      tags: [],
      hasDeclaredTags: false,
    };
    expect(
      problemsOf([
        { ...node, uid: 'source', kind: 'source', inputs: [] },
        { ...node, uid: 'a', inputs: [{ from: 'b' }, { from: 'source' }] },
        { ...node, uid: 'b', inputs: [{ from: 'a' }] },
        { ...node, uid: 'c', name: 'lost', inputs: [{ from: 'nowhere' }] },
      ]),
    ).toEqual(['lost reads from nowhere, which is not in the graph', 'the graph runs in a circle: a -> b -> a']);
  });
});

describe('building', () => {
  test('refuses at once what could never run', () => {
    const words = env().fromSource(source, { uid: 'in' });
    const fn = { asyncInvoke: () => Promise.resolve([]) };
    const keyed = words.keyBy((word) => word);
    expect(() => AsyncDataStream.unorderedWait(words, fn, { uid: 'a', capacity: 0 })).toThrow(RangeError);
    expect(() => AsyncDataStream.orderedWait(words, fn, { uid: 'b', timeoutMs: 0 })).toThrow(RangeError);
    expect(() => AsyncDataStream.keyedWait(keyed, fn, { uid: 'c', capacity: 1.5 })).toThrow(RangeError);
    expect(() => keyed.admit({ uid: 'd', capacity: -1 })).toThrow(RangeError);
    expect(() => new OutputTag('')).toThrow(TypeError);
    expect(() => new StreamExecutionEnvironment({ jobName: '' })).toThrow(TypeError);
  });

  test('makes uids of names, and never one twice', () => {
    const its = env();
    const words = its.fromSource(source, { uid: 'in' });
    words.map((word) => word).map((word) => word, { name: 'map' });
    expect(its.getStreamGraph().nodes.map(({ uid }) => uid)).toEqual(['in', 'map', 'map-2']);
  });

  test('of a graph is over when it is taken: it does not change with the environment', () => {
    const its = env();
    const words = its.fromSource(source, { uid: 'in' });
    const graph = its.getStreamGraph();
    words.sinkTo(sink, { uid: 'out' });
    expect(graph.nodes).toHaveLength(1);
    expect(Object.isFrozen(graph.nodes)).toBe(true);
    expect(graph).toBeInstanceOf(StreamGraph);
  });
});
