import { describe, expect, test } from '@jest/globals';
import { StreamExecutionEnvironment, ValueStateDescriptor } from '@millrace/core';
import type { StreamGraph, ValueState } from '@millrace/core';
import { restartAnywhere } from '@millrace/core/testing';
import type { InputRecord, RestartAnywhereOptions, TestTopics } from '@millrace/core/testing';

const decoder = new TextDecoder();
const words = 'a b a c b a'.split(' ');
const records: InputRecord[] = words.map((value) => ({ topic: 'in', key: value, value }));

/** Counts words; `count` is where a mistake is planted. */
function counting(count: (state: ValueState<number>) => number): RestartAnywhereOptions['topology'] {
  return (topics: TestTopics): StreamGraph => {
    const env = new StreamExecutionEnvironment({ jobName: 'count' });
    env
      .fromSource(topics.source('in'), { uid: 'in' })
      .map(({ value }) => decoder.decode(value ?? undefined))
      .keyBy((word) => word)
      .process<string>(
        () => {
          let state: ValueState<number>;
          return {
            open: (context) => void (state = context.getState(new ValueStateDescriptor<number>('count'))),
            processElement(word, _context, out) {
              out.collect(`${word} ${String(count(state))}`);
            },
          };
        },
        { uid: 'count' },
      )
      .map((value) => ({ key: null, value }))
      .sinkTo(topics.sink('out'), { uid: 'out' });
    return env.getStreamGraph();
  };
}

describe('restartAnywhere', () => {
  test('passes a job whose memory is its state', async () => {
    const topology = counting((state) => {
      const next = (state.value() ?? 0) + 1;
      state.update(next);
      return next;
    });
    const result = await restartAnywhere({ topology, records, outputs: ['out'] });
    expect(result.runs).toBeGreaterThan(records.length);
  });

  test('also with several partitions', async () => {
    const topology = counting((state) => {
      const next = (state.value() ?? 0) + 1;
      state.update(next);
      return next;
    });
    const createTopics = (topics: TestTopics): void => topics.create('in', 3);
    await expect(restartAnywhere({ topology, records, outputs: ['out'], createTopics })).resolves.toBeDefined();
  });

  test('catches a job that remembers outside its state, and says where', async () => {
    let seen = 0;
    const topology = counting((state) => {
      seen += 1;
      state.update(seen);
      return seen;
    });
    await expect(restartAnywhere({ topology, records, outputs: ['out'] })).rejects.toThrow(/a crash behind element 0/);
  });

  test('catches state that is not written back', async () => {
    const topology = (topics: TestTopics): StreamGraph => {
      const env = new StreamExecutionEnvironment({ jobName: 'count' });
      env
        .fromSource(topics.source('in'), { uid: 'in' })
        .keyBy(() => 'all')
        .process<string>(
          () => {
            let state: ValueState<{ n: number }>;
            return {
              open: (context) => void (state = context.getState(new ValueStateDescriptor<{ n: number }>('count'))),
              processElement(_record, _context, out) {
                const kept = state.value();
                if (kept === undefined) state.update({ n: 1 });
                else kept.n += 1; // without update: a checkpoint does not see it
                out.collect(String(state.value()?.n));
              },
            };
          },
          { uid: 'count' },
        )
        .map((value) => ({ key: null, value }))
        .sinkTo(topics.sink('out'), { uid: 'out' });
      return env.getStreamGraph();
    };
    await expect(restartAnywhere({ topology, records, outputs: ['out'] })).rejects.toThrow(
      /the last checkpoint behind/,
    );
  });
});
