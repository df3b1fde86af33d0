import { describe, expect, test } from '@jest/globals';
import {
  MemoryStateBackend,
  RestartStrategies,
  StreamExecutionEnvironment,
  ValueStateDescriptor,
} from '@millrace/core';
import type {
  JobOptions,
  KeyedProcessFunction,
  StateBackend,
  StateClaim,
  StateReader,
  StreamGraph,
  ValueState,
} from '@millrace/core';
import { FakeSink } from '../test-support/fake-sink.js';
import { FakeSource, quiet } from '../test-support/fake-source.js';
import { keptValues } from '../test-support/kept-state.js';
import { startJob } from '../test-support/start-job.js';
import type { StartedJob } from '../test-support/start-job.js';

/** Counts per word. */
function counting(): KeyedProcessFunction<string, string, string> {
  let count: ValueState<number>;
  return {
    open(context) {
      count = context.getState(new ValueStateDescriptor<number>('count'));
    },
    processElement(word, _context, out) {
      if (word === 'poison') throw new Error('poison');
      const value = (count.value() ?? 0) + 1;
      count.update(value);
      out.collect(`${word} ${String(value)}`);
    },
  };
}

/** A memory backend that writes down what it is asked, and can be told to hang or to fail. */
class SpyBackend implements StateBackend {
  readonly memory = new MemoryStateBackend();
  readonly log: string[];
  onWrite: () => void | Promise<void> = () => undefined;

  constructor(log: string[]) {
    this.log = log;
  }

  async claim(owner: Parameters<StateBackend['claim']>[0]): Promise<StateClaim> {
    const claim = await this.memory.claim(owner);
    return {
      ...claim,
      write: async (write) => {
        // Taken before the first await, as a backend must.
        const taken = { ...write, puts: [...write.puts], deletes: [...write.deletes] };
        this.log.push(`write ${[...write.positions.values()].join(', ')}`);
        await this.onWrite();
        await claim.write(taken);
      },
    };
  }

  owners(jobName: string): ReturnType<StateBackend['owners']> {
    return this.memory.owners(jobName);
  }

  read(owner: Parameters<StateBackend['read']>[0]): ReturnType<StateBackend['read']> {
    return this.memory.read(owner);
  }

  kept(split = 'in-0'): StateReader | undefined {
    return this.memory.peek({ jobName: 'counting', source: 'in', split });
  }
}

interface Counting {
  readonly source: FakeSource<string>;
  readonly sink: FakeSink<string>;
  readonly backend: SpyBackend;
  readonly log: string[];
  readonly graph: StreamGraph;
  start(options?: JobOptions): Promise<StartedJob>;
}

function countingJob(): Counting {
  const source = new FakeSource<string>();
  const sink = new FakeSink<string>();
  const log: string[] = [];
  const backend = new SpyBackend(log);
  source.onCommit = () => void log.push('commit');
  sink.onFlush = () => void log.push('flush');
  const env = new StreamExecutionEnvironment({ jobName: 'counting' });
  env
    .fromSource(source.source, { uid: 'in' })
    .keyBy((word) => word)
    .process(() => counting(), { uid: 'count' })
    .sinkTo(sink.sink, { uid: 'out' });
  const graph = env.getStreamGraph();
  return {
    source,
    sink,
    backend,
    log,
    graph,
    start: (options) => startJob(graph, { stateBackend: backend, ...options }),
  };
}

const stateOf = (checkpoint: StateReader | undefined): unknown =>
  checkpoint && {
    position: [...(checkpoint.snapshot?.positions.values() ?? [])][0],
    count: keptValues(checkpoint, 'count', 'count'),
  };

describe('flink 2.1, 2.2 checkpoints of a graph with state', () => {
  test('hold, drain, flush, write, commit, in this order, and then the intake goes on', async () => {
    const its = countingJob();
    its.sink.isStalled = true;
    const job = await its.start();
    const [lease] = await its.source.assign('in-0');
    await its.source.push(lease!, 0, 'a', 'b', 'a');
    await job.clock.advance(1_000);
    expect(its.log).toEqual([]);
    void its.source.push(lease!, 3, 'held');
    await quiet();
    expect(its.sink.written).toEqual(['a 1', 'b 1', 'a 2']);
    its.sink.isStalled = false;
    its.sink.acknowledge();
    await quiet();
    expect(its.log).toEqual(['flush', 'write 3', 'commit']);
    expect(stateOf(its.backend.kept())).toEqual({
      position: 3,
      count: new Map([
        ['a', 2],
        ['b', 1],
      ]),
    });
    expect(its.source.commits).toEqual([['in-0', 3]]);
    expect(its.sink.written.at(-1)).toBe('held 1');
    await job.runner.stop();
  });

  test('cost nothing where nothing has moved', async () => {
    const its = countingJob();
    const job = await its.start();
    const [lease] = await its.source.assign('in-0');
    await its.source.push(lease!, 0, 'a');
    await job.clock.advance(10_000);
    expect(its.log).toEqual(['flush', 'write 1', 'commit']);
    await job.runner.stop();
  });

  test('give state and position back after a failure: nothing counts twice, outputs may be repeated', async () => {
    const its = countingJob();
    const job = await its.start({ restartStrategy: RestartStrategies.fixedDelay(1, 100) });
    const [lease] = await its.source.assign('in-0');
    await its.source.push(lease!, 0, 'a', 'a');
    await job.clock.advance(1_000);
    void its.source.push(lease!, 2, 'a', 'poison');
    await job.clock.advance(200);
    expect(job.states).toEqual(['CREATED', 'RUNNING', 'FAILING', 'RESTARTING', 'RUNNING']);
    const [again] = await its.source.assign('in-0');
    expect(again).toMatchObject({ startPosition: 2 });
    await its.source.push(again!, 2, 'a', 'a');
    expect(its.sink.written).toEqual(['a 1', 'a 2', 'a 3', 'a 3', 'a 4']);
    await job.clock.advance(1_000);
    expect(stateOf(its.backend.kept())).toEqual({ position: 4, count: new Map([['a', 4]]) });
    await job.runner.stop();
  });

  test('that are running when an element fails write nothing of it', async () => {
    const its = countingJob();
    its.sink.isStalled = true;
    const job = await its.start();
    const [lease] = await its.source.assign('in-0');
    await its.source.push(lease!, 0, 'a', 'b');
    await job.clock.advance(1_000);
    its.sink.acknowledge(1);
    its.sink.waiting.splice(0)[0]?.ack.failed(new Error('disk full'));
    await quiet();
    // Without time passing: a checkpoint that can never end does not hold the failure up.
    await expect(job.ended).resolves.toMatchObject({ error: { message: 'counting failed: disk full' } });
    expect(its.log).toEqual([]);
    expect(its.backend.kept()).toBeUndefined();
  });

  test('that do not drain in time fail the job, and the state stays as it was', async () => {
    const its = countingJob();
    const job = await its.start({ checkpoint: { timeoutMs: 5_000 } });
    const [lease] = await its.source.assign('in-0');
    await its.source.push(lease!, 0, 'a');
    await job.clock.advance(1_000);
    its.sink.isStalled = true;
    await its.source.push(lease!, 1, 'b');
    await job.clock.advance(6_100);
    await expect(job.ended).resolves.toMatchObject({ error: { cause: { code: 'ERR_CHECKPOINT' } } });
    expect(stateOf(its.backend.kept())).toEqual({ position: 1, count: new Map([['a', 1]]) });
    expect(job.metrics.total('numberOfFailedCheckpoints')).toBe(1);
  });

  test('may fail as often in a row as is tolerated; one more fails the job; a success begins the count anew', async () => {
    const its = countingJob();
    its.backend.onWrite = () => Promise.reject(new Error('backend gone'));
    const job = await its.start({ checkpoint: { tolerableFailures: 1 } });
    const [lease] = await its.source.assign('in-0');
    await its.source.push(lease!, 0, 'a');
    await job.clock.advance(1_000);
    its.backend.onWrite = () => undefined;
    await job.clock.advance(1_000);
    expect(stateOf(its.backend.kept())).toMatchObject({ position: 1 });
    its.backend.onWrite = () => Promise.reject(new Error('backend gone'));
    await its.source.push(lease!, 1, 'a');
    await job.clock.advance(1_000);
    expect(job.runner.state).toBe('RUNNING');
    await job.clock.advance(1_000);
    await expect(job.ended).resolves.toMatchObject({ error: { message: 'counting failed: backend gone' } });
  });

  test('that hang are given up after the timeout, and the intake goes on where that is tolerated', async () => {
    const its = countingJob();
    let answer = (): void => undefined;
    its.backend.onWrite = () => new Promise<void>((resolve) => (answer = resolve));
    const job = await its.start({ checkpoint: { tolerableFailures: 5, timeoutMs: 3_000 } });
    const [lease] = await its.source.assign('in-0');
    await its.source.push(lease!, 0, 'a');
    await job.clock.advance(1_000);
    void its.source.push(lease!, 1, 'b');
    await quiet();
    expect(its.sink.written).toEqual(['a 1']);
    its.backend.onWrite = () => undefined;
    await job.clock.advance(3_000);
    expect(its.sink.written).toEqual(['a 1', 'b 1']);
    // Nothing is written over a write whose end is not known: it could come later and undo the newer one.
    await job.clock.advance(1_000);
    expect(its.backend.kept()).toBeUndefined();
    answer();
    await job.clock.advance(1_000);
    expect(stateOf(its.backend.kept())).toMatchObject({ position: 2 });
    await job.runner.stop();
  });

  test('are complete when the state is written: a commit that fails is tried again and fails nothing', async () => {
    const its = countingJob();
    its.source.onCommit = () => Promise.reject(new Error('not the coordinator'));
    const job = await its.start();
    const [lease] = await its.source.assign('in-0');
    await its.source.push(lease!, 0, 'a');
    await job.clock.advance(2_000);
    expect(job.runner.state).toBe('RUNNING');
    expect(its.log.filter((entry) => entry.startsWith('write'))).toEqual(['write 1']);
    expect(job.metrics.total('commitsFailed')).toBe(2);
    its.source.onCommit = () => undefined;
    await job.clock.advance(1_000);
    expect(its.source.commits).toEqual([['in-0', 1]]);
    await job.runner.stop();
  });

  test('and a rebalance: the last checkpoint of a revoked split is what its next task begins with', async () => {
    const its = countingJob();
    const job = await its.start({ checkpoint: { intervalMs: 60_000 } });
    const [lease] = await its.source.assign('in-0');
    await its.source.push(lease!, 0, 'a', 'a');
    await its.source.host.revoke([lease!], 1_000);
    expect(its.source.commits).toEqual([['in-0', 2]]);
    const [again] = await its.source.assign({ id: 'in-0', position: 0 });
    expect(again).toMatchObject({ startPosition: 2 });
    await its.source.push(again!, 2, 'a');
    expect(its.sink.written.at(-1)).toBe('a 3');
    await job.runner.stop();
  });

  test('and a rebalance that does not drain in time: state that is ahead of the position is not written', async () => {
    const its = countingJob();
    const job = await its.start({ checkpoint: { intervalMs: 60_000 } });
    const [lease] = await its.source.assign('in-0');
    await its.source.push(lease!, 0, 'a');
    its.sink.isStalled = true;
    await its.source.push(lease!, 1, 'a');
    const revoked = its.source.host.revoke([lease!], 1_000);
    await job.clock.advance(1_000);
    await revoked;
    expect(its.log).toEqual([]);
    const [again] = await its.source.assign('in-0');
    expect(again).toMatchObject({ startPosition: 0 });
    its.sink.isStalled = false;
    await its.source.push(again!, 0, 'a', 'a');
    expect(its.sink.written.slice(-2)).toEqual(['a 1', 'a 2']);
    await job.runner.stop();
  });

  test('keep the tasks of one process apart, and of splits with one name in two sources', async () => {
    const backend = new MemoryStateBackend();
    const sources = [new FakeSource<string>(), new FakeSource<string>()] as const;
    const sink = new FakeSink<string>();
    const env = new StreamExecutionEnvironment({ jobName: 'two' });
    for (const [n, source] of sources.entries()) {
      const name = n === 0 ? 'one' : 'two';
      env
        .fromSource(source.source, { uid: name })
        .keyBy((word) => word)
        // One object for all tasks: its state means the task in hand nevertheless.
        .process(counting(), { uid: `count-${name}` })
        .sinkTo(sink.sink, { uid: `out-${name}` });
    }
    const job = await startJob(env.getStreamGraph(), { stateBackend: backend });
    const [first] = await sources[0].assign('s-0');
    const [second] = await sources[1].assign('s-0');
    const [third] = await sources[1].assign('s-1');
    await sources[0].push(first!, 0, 'a', 'a');
    await sources[1].push(second!, 0, 'a');
    await sources[1].push(third!, 0, 'a');
    expect(sink.written).toEqual(['a 1', 'a 2', 'a 1', 'a 1']);
    await job.clock.advance(1_000);
    const counts = [
      { source: 'one', split: 's-0' },
      { source: 'two', split: 's-0' },
      { source: 'two', split: 's-1' },
    ].map((owner) => {
      const kept = backend.peek({ jobName: 'two', ...owner })!;
      return [[...kept.snapshot!.positions.values()], keptValues(kept, `count-${owner.source}`, 'count').get('a')];
    });
    expect(counts).toEqual([
      [[2], 2],
      [[1], 1],
      [[1], 1],
    ]);
    await job.runner.stop();
  });

  test('keep them apart also where one runs inside a call of the other', async () => {
    const source = new FakeSource<string>();
    const sink = new FakeSink<string>();
    let count: ValueState<number>;
    const env = new StreamExecutionEnvironment({ jobName: 'nested' });
    env
      .fromSource(source.source, { uid: 'in' })
      .keyBy((word) => word)
      .process<string>(
        {
          open: (context) => void (count = context.getState(new ValueStateDescriptor('count'))),
          processElement(word, _context, out) {
            const value = (count.value() ?? 0) + 1;
            out.collect(`${word} ${String(value)}`);
            count.update(value);
          },
        },
        { uid: 'count' },
      )
      .sinkTo(sink.sink, { uid: 'out' });
    const job = await startJob(env.getStreamGraph());
    const [outer, inner] = await source.assign('in-0', 'in-1');
    sink.onWrite = (element) => {
      if (element === 'outer 1') void source.push(inner!, 0, 'inner');
    };
    await source.push(outer!, 0, 'outer');
    await quiet();
    await source.push(outer!, 1, 'inner', 'outer');
    await source.push(inner!, 1, 'inner');
    // The inner one was written before the outer one's write returned.
    expect(sink.written).toEqual(['inner 1', 'outer 1', 'inner 1', 'outer 2', 'inner 2']);
    await job.runner.stop();
  });

  test('with state of an operator that is gone stop the job from starting, unless that is allowed', async () => {
    const its = countingJob();
    const first = await its.start();
    const [lease] = await its.source.assign('in-0');
    await its.source.push(lease!, 0, 'a');
    await first.runner.stop();
    const env = new StreamExecutionEnvironment({ jobName: 'counting' });
    env
      .fromSource(its.source.source, { uid: 'in' })
      .keyBy((word) => word)
      .process(() => counting(), { uid: 'renamed' })
      .sinkTo(its.sink.sink, { uid: 'out' });
    const second = await startJob(env.getStreamGraph(), { stateBackend: its.backend });
    await its.source.assign('in-0').catch(() => undefined);
    await expect(second.ended).resolves.toMatchObject({ error: { code: 'ERR_STATE_UNCLAIMED' } });
    const third = await startJob(env.getStreamGraph(), { stateBackend: its.backend, allowNonRestoredState: true });
    const [again] = await its.source.assign('in-0');
    expect(again).toMatchObject({ startPosition: 1 });
    await third.runner.stop();
  });
});
