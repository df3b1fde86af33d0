import { describe, expect, test } from '@jest/globals';
import {
  JobFailedError,
  JobRunner,
  RestartStrategies,
  ServiceUnavailableError,
  SetupError,
  StreamExecutionEnvironment,
} from '@millrace/core';
import type { StreamGraph } from '@millrace/core';
import { ManualClock, TestTopics } from '@millrace/core/testing';
import { FakeSink } from '../test-support/fake-sink.js';
import { FakeSource, quiet } from '../test-support/fake-source.js';
import { startJob } from '../test-support/start-job.js';

interface Parts {
  readonly source: FakeSource<string>;
  readonly sink: FakeSink<string>;
  readonly graph: StreamGraph;
}

function parts(): Parts {
  const source = new FakeSource<string>();
  const sink = new FakeSink<string>();
  const env = new StreamExecutionEnvironment({ jobName: 'life' });
  env
    .fromSource(source.source, { uid: 'in' })
    .filter((word) => {
      if (word === 'poison') throw new Error('poison');
      return true;
    })
    .sinkTo(sink.sink, { uid: 'out' });
  return { source, sink, graph: env.getStreamGraph() };
}

const never = (): Promise<void> => new Promise(() => undefined);

describe('stop', () => {
  test('while running ends in good order: no intake, drain, last commit, close', async () => {
    const { source, sink, graph } = parts();
    sink.isStalled = true;
    const job = await startJob(graph, { checkpoint: { intervalMs: 60_000 } });
    const [lease] = await source.assign('in-0');
    await source.push(lease!, 0, 'a', 'b');
    source.onCommit = () => void source.calls.push('commit');
    const stopped = job.runner.stop();
    await quiet();
    expect(source.calls).toEqual(['stopIntake']);
    sink.acknowledge();
    await expect(stopped).resolves.toEqual({ clean: true });
    expect(source.calls).toEqual(['stopIntake', 'commit', 'close']);
    expect(source.commits).toEqual([['in-0', 2]]);
    expect(sink.calls).toEqual(['open', 'close']);
    await expect(job.ended).resolves.toEqual({ state: 'CANCELED', restarts: 0, read: 2, missed: 0 });
    expect(job.clock.pendingTimers).toBe(0);
  });

  test('takes no more of a chunk in hand', async () => {
    const { source, sink, graph } = parts();
    sink.isStalled = true;
    const job = await startJob(graph, { maxInFlightPerTask: 1 });
    const [lease] = await source.assign('in-0');
    void source.push(lease!, 0, 'a', 'b', 'c');
    await quiet();
    const stopped = job.runner.stop();
    await quiet();
    sink.acknowledge();
    await expect(stopped).resolves.toEqual({ clean: true });
    expect(sink.written).toEqual(['a']);
    expect(source.commits).toEqual([['in-0', 1]]);
  });

  test('twice, and after the end, gives the same answer', async () => {
    const { source, graph } = parts();
    const job = await startJob(graph);
    await source.assign('in-0');
    const answers = await Promise.all([job.runner.stop(), job.runner.stop()]);
    expect(answers).toEqual([{ clean: true }, { clean: true }]);
    await expect(job.runner.stop()).resolves.toEqual({ clean: true });
    await job.runner.cancel();
    await expect(job.runner.stop()).resolves.toEqual({ clean: true });
    expect(source.calls).toEqual(['stopIntake', 'close']);
  });

  test.each(['sink', 'source', 'end'] as const)(
    'while the %s is opening does not wait for it, and closes what opens late',
    async (what) => {
      const { source, sink, graph } = parts();
      let proceed: (() => void) | undefined;
      const hang = (): Promise<void> => new Promise((resolve) => (proceed = resolve));
      if (what === 'sink') sink.onOpen = hang;
      else if (what === 'source') source.onOpen = hang;
      else source.onCaptureEnd = hang;
      const job = await startJob(graph, { untilDrained: true });
      await expect(job.runner.stop()).resolves.toEqual({ clean: true });
      expect(job.runner.state).toBe('CANCELED');
      proceed?.();
      await quiet();
      expect(sink.calls).toEqual(['open', 'close']);
      expect(source.calls.filter((call) => call === 'close')).toHaveLength(what === 'sink' ? 0 : 1);
      expect(job.clock.pendingTimers).toBe(0);
    },
  );

  test('before the job runs lets it end without opening anything', async () => {
    const { source, sink, graph } = parts();
    const runner = new JobRunner(graph, {}, { clock: new ManualClock() });
    await expect(runner.stop()).resolves.toEqual({ clean: true });
    await expect(runner.run()).resolves.toEqual({ state: 'CANCELED', restarts: 0, read: 0, missed: 0 });
    expect([source.opened, sink.calls]).toEqual([0, []]);
  });

  test('while waiting for a restart ends at once, unclean', async () => {
    const { source, graph } = parts();
    const job = await startJob(graph, { restartStrategy: RestartStrategies.fixedDelay(5, 60_000) });
    source.host.fail(new Error('x'));
    await quiet();
    expect(job.runner.state).toBe('RESTARTING');
    await expect(job.runner.stop()).resolves.toEqual({ clean: false });
    await expect(job.ended).resolves.toMatchObject({ state: 'CANCELED', restarts: 1 });
    expect(job.clock.pendingTimers).toBe(0);
  });

  test('while failing ends unclean without a restart', async () => {
    const { source, sink, graph } = parts();
    const job = await startJob(graph, { restartStrategy: RestartStrategies.fixedDelay(5, 0) });
    sink.isStalled = true;
    source.host.fail(new Error('x'));
    const stopped = job.runner.stop();
    await expect(stopped).resolves.toEqual({ clean: false });
    expect(job.runner.state).toBe('CANCELED');
    expect(source.opened).toBe(1);
  });

  test('of a job that has failed says that it was not clean', async () => {
    const { source, graph } = parts();
    const job = await startJob(graph);
    source.host.fail(new Error('x'));
    await job.ended;
    await expect(job.runner.stop()).resolves.toEqual({ clean: false });
    expect(job.runner.state).toBe('FAILED');
  });

  test.each(['intake', 'sink', 'commit'] as const)('is bounded where the %s does not answer', async (what) => {
    const { source, sink, graph } = parts();
    const job = await startJob(graph, { stopTimeoutMs: 2_000, checkpoint: { intervalMs: 60_000 } });
    if (what === 'intake') source.onStopIntake = never;
    if (what === 'sink') sink.isStalled = true;
    const [lease] = await source.assign('in-0');
    await source.push(lease!, 0, 'a');
    if (what === 'commit') source.onCommit = never;
    let answer: unknown;
    void job.runner.stop().then((result) => (answer = result));
    await job.clock.advance(1_999);
    expect(answer).toBeUndefined();
    await job.clock.advance(1);
    await quiet();
    expect(answer).toEqual({ clean: false });
    expect(job.clock.pendingTimers).toBe(0);
  });

  test('is unclean where the last commit fails', async () => {
    const { source, graph } = parts();
    const job = await startJob(graph);
    const [lease] = await source.assign('in-0');
    await source.push(lease!, 0, 'a');
    source.onCommit = () => Promise.reject(new Error('gone'));
    await expect(job.runner.stop()).resolves.toEqual({ clean: false });
  });
});

describe('cancel', () => {
  test('ends at once and commits nothing, also in the middle of a stop', async () => {
    const { source, sink, graph } = parts();
    sink.isStalled = true;
    const job = await startJob(graph);
    const [lease] = await source.assign('in-0');
    await source.push(lease!, 0, 'a');
    const stopped = job.runner.stop();
    await quiet();
    await job.runner.cancel();
    await expect(stopped).resolves.toEqual({ clean: false });
    expect(source.commits).toEqual([]);
    expect(job.runner.state).toBe('CANCELED');
    expect(job.clock.pendingTimers).toBe(0);
  });

  test('commits nothing either where the source gives its splits up while it closes', async () => {
    const { source, graph } = parts();
    const job = await startJob(graph);
    const [lease] = await source.assign('in-0');
    await source.push(lease!, 0, 'a');
    source.onClose = () => source.host.revoke([lease!], 1_000);
    await job.runner.cancel();
    expect(source.commits).toEqual([]);
  });

  test('does not wait for a commit that hangs', async () => {
    const { source, graph } = parts();
    const job = await startJob(graph);
    const [lease] = await source.assign('in-0');
    await source.push(lease!, 0, 'a');
    source.onCommit = never;
    await job.clock.advance(1_000);
    await job.runner.cancel();
    await expect(job.ended).resolves.toMatchObject({ state: 'CANCELED' });
  });
});

describe('a restart', () => {
  test('opens everything anew, ignores what is late from before, and counts what is read again', async () => {
    const { source, sink, graph } = parts();
    const job = await startJob(graph, { restartStrategy: RestartStrategies.fixedDelay(1, 100) });
    const [old] = await source.assign('in-0');
    void source.push(old!, 0, 'a', 'poison');
    await job.clock.advance(100);
    expect(source.opened).toBe(2);
    expect(sink.calls).toEqual(['open', 'close', 'open']);
    await source.push(old!, 2, 'late');
    const [current] = await source.assign('in-0');
    await source.push(current!, 0, 'a');
    expect(sink.written).toEqual(['a', 'a']);
    expect(job.runner.status()).toMatchObject({
      state: 'RUNNING',
      restarts: 1,
      lastError: expect.stringContaining('poison'),
    });
    await job.runner.stop();
    await expect(job.ended).resolves.toEqual({ state: 'CANCELED', restarts: 1, read: 3, missed: 0 });
  });

  test('never commits the record that failed, though a commit hangs and a rebalance comes', async () => {
    const { source, graph } = parts();
    const job = await startJob(graph);
    const [lease] = await source.assign('in-0');
    await source.push(lease!, 0, 'a');
    void source.push(lease!, 1, 'poison');
    await source.host.revoke([lease!], 1_000);
    await job.ended;
    expect(source.commits.every(([, position]) => position <= 1)).toBe(true);
  });

  test('is not tried for what is wrong with the set-up at the first attempt; its error comes as it is', async () => {
    const { sink, graph } = parts();
    const wrong = new SetupError('ERR_TOPIC_MISSING', 'topic x is missing');
    sink.onOpen = () => Promise.reject(wrong);
    const job = await startJob(graph, { restartStrategy: RestartStrategies.fixedDelay(5, 100) });
    await expect(job.ended).resolves.toEqual({ error: wrong });
    expect(job.states).toEqual(['CREATED', 'FAILING', 'FAILED']);
  });

  test('is tried for the same at a later attempt: a topic may be made anew', async () => {
    const { source, sink, graph } = parts();
    const job = await startJob(graph, { restartStrategy: RestartStrategies.fixedDelay(2, 100) });
    sink.onOpen = () => Promise.reject(new SetupError('ERR_TOPIC_MISSING', 'topic x is missing'));
    source.host.fail(new Error('connection lost'));
    await job.clock.advance(100);
    sink.onOpen = () => undefined;
    await job.clock.advance(100);
    expect(job.runner.status()).toMatchObject({ state: 'RUNNING', restarts: 2, lastError: 'topic x is missing' });
    await job.runner.stop();
  });

  test('is not tried where a service cannot be reached before the job ever ran, but is afterwards', async () => {
    const gone = new ServiceUnavailableError('Kafka', 'localhost:1', 60_000);
    const first = parts();
    first.source.onOpen = () => Promise.reject(gone);
    const options = { restartStrategy: RestartStrategies.fixedDelay(1, 100) };
    await expect((await startJob(first.graph, options)).ended).resolves.toEqual({ error: gone });
    const second = parts();
    const job = await startJob(second.graph, options);
    second.source.host.fail(gone);
    await job.clock.advance(100);
    expect(job.runner.state).toBe('RUNNING');
    await job.runner.stop();
  });

  test('that is not allowed any more fails the job with the cause', async () => {
    const { source, graph } = parts();
    const job = await startJob(graph, { restartStrategy: RestartStrategies.fixedDelay(1, 100) });
    source.host.fail(new Error('one'));
    await job.clock.advance(100);
    source.host.fail(new Error('two'));
    await expect(job.ended).resolves.toMatchObject({ error: { name: 'JobFailedError', cause: new Error('two') } });
    expect(await job.ended).toMatchObject({ error: expect.any(JobFailedError) });
    expect(job.states).toEqual(['CREATED', 'RUNNING', 'FAILING', 'RESTARTING', 'RUNNING', 'FAILING', 'FAILED']);
  });
});

describe('a run until drained', () => {
  test('ends when everything before the captured end is settled and committed', async () => {
    const { source, sink, graph } = parts();
    sink.isStalled = true;
    source.isDrained = (settled) => [...settled.values()].some((position) => position >= 2);
    const job = await startJob(graph, { untilDrained: true });
    const [lease] = await source.assign('in-0');
    await source.push(lease!, 0, 'a', 'b', 'beyond the end');
    await job.clock.advance(10_000);
    expect(job.runner.state).toBe('RUNNING');
    sink.acknowledge();
    await job.clock.advance(50);
    await expect(job.ended).resolves.toEqual({ state: 'FINISHED', restarts: 0, read: 3, missed: 0 });
    expect(source.commits.at(-1)).toEqual(['in-0', 3]);
    expect(source.calls[0]).toBe('captureEnd');
    expect(job.clock.pendingTimers).toBe(0);
  });

  test('ends though what is beyond the end does not drain; the next run reads that again', async () => {
    const { source, sink, graph } = parts();
    source.isDrained = (settled) => [...settled.values()].some((position) => position >= 1);
    const job = await startJob(graph, { untilDrained: true, stopTimeoutMs: 1_000 });
    const [lease] = await source.assign('in-0');
    sink.onWrite = (word) => (sink.isStalled = word === 'beyond');
    await source.push(lease!, 0, 'a', 'beyond');
    await job.clock.advance(1_100);
    await expect(job.ended).resolves.toMatchObject({ state: 'FINISHED' });
    expect(source.commits.at(-1)).toEqual(['in-0', 1]);
  });

  test('goes on over a restart in its middle', async () => {
    const { source, sink, graph } = parts();
    source.isDrained = (settled) => [...settled.values()].some((position) => position >= 2);
    const job = await startJob(graph, { untilDrained: true, restartStrategy: RestartStrategies.fixedDelay(1, 100) });
    const [lease] = await source.assign('in-0');
    await source.push(lease!, 0, 'a');
    source.host.fail(new Error('x'));
    await job.clock.advance(100);
    expect(source.calls.filter((call) => call === 'captureEnd')).toHaveLength(2);
    const [again] = await source.assign('in-0');
    await source.push(again!, 0, 'a', 'b');
    await job.clock.advance(50);
    await expect(job.ended).resolves.toEqual({ state: 'FINISHED', restarts: 1, read: 3, missed: 0 });
    expect(sink.written).toEqual(['a', 'a', 'b']);
  });

  test('asks again where the source cannot say, and does not end before the commit holds', async () => {
    const { source, graph } = parts();
    let asked = 0;
    source.isDrained = () => {
      asked += 1;
      return asked < 3 ? Promise.reject(new Error('no answer')) : true;
    };
    const job = await startJob(graph, { untilDrained: true });
    const [lease] = await source.assign('in-0');
    await source.push(lease!, 0, 'a');
    source.onCommit = () => Promise.reject(new Error('gone'));
    await job.clock.advance(1_000);
    expect(job.runner.state).toBe('RUNNING');
    source.onCommit = () => undefined;
    await job.clock.advance(50);
    await expect(job.ended).resolves.toMatchObject({ state: 'FINISHED' });
  });

  test('of an empty topic ends at once', async () => {
    const topics = new TestTopics();
    const env = new StreamExecutionEnvironment({ jobName: 'empty' });
    env.fromSource(topics.source('in'), { uid: 'in' }).filter(() => true);
    const job = await startJob(env.getStreamGraph(), { untilDrained: true });
    await expect(job.ended).resolves.toEqual({ state: 'FINISHED', restarts: 0, read: 0, missed: 0 });
  });
});

test('a runner runs once', async () => {
  const job = await startJob(parts().graph);
  await expect(job.runner.run()).rejects.toThrow('runs once');
  await job.runner.stop();
});

test.each([
  [{ maxInFlightPerTask: 0 }, 'maxInFlightPerTask'],
  [{ maxInFlight: Number.NaN }, 'maxInFlight'],
  [{ checkpoint: { intervalMs: 0 } }, 'checkpoint.intervalMs'],
  [{ checkpoint: { tolerableFailures: -1 } }, 'checkpoint.tolerableFailures'],
])('options %p are refused by name', (options, name) => {
  expect(() => new JobRunner(parts().graph, options)).toThrow(name);
});

test.each([
  ['never ends', never],
  ['is rejected', () => Promise.reject(new Error('x'))],
  [
    'throws',
    () => {
      throw new Error('x');
    },
  ],
])('a close that %s does not keep the job from ending', async (_, onClose) => {
  const { source, sink, graph } = parts();
  source.onClose = onClose;
  const job = await startJob(graph);
  const stopped = job.runner.stop();
  await job.clock.advance(15_000);
  await expect(stopped).resolves.toEqual({ clean: true });
  expect(job.runner.state).toBe('CANCELED');
  expect(sink.calls).toEqual(['open', 'close']);
});
