import { afterAll, afterEach, expect, test } from '@jest/globals';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaConnection } from '@millrace/kafka';
import { describeWithServices, freePort, uniqueName } from '@millrace/testing';
import { millrace, millraceOk, startMillrace } from '../support/cli.js';
import type { CliResult, RunningCli } from '../support/cli.js';
import { optionsOf, temporaryFolder } from '../support/world.js';

const JOB = join(process.cwd(), 'test', 'support', 'counted-topic-job.mjs');
const TOKEN = 'a token of the test';
const PARTITIONS = 4;
const KEYS = Array.from({ length: 60 }, (_, index) => `learner-${String(index)}`);

interface Process extends RunningCli {
  readonly url: string;
}

describeWithServices(['kafka', 'redis'], 'savepoints of a job with its state on Redis', ({ kafka, redis }) => {
  const connection = new KafkaConnection({ brokers: [...kafka.addresses] });
  const folder = temporaryFolder();
  const topic = uniqueName('saved');
  const processes: Process[] = [];
  const decoder = new TextDecoder();
  let counted = 0;
  afterEach(async () => {
    for (const { child } of processes) child.kill('SIGKILL');
    await Promise.all(processes.map(({ ended }) => ended));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await connection.close();
  });

  const options = (place: string): string[] =>
    optionsOf({
      topic,
      place: `${topic}-${place}`,
      'kafka.broker-servers': kafka.addresses.join(','),
      'redis.host': redis.host,
      'redis.port': String(redis.port),
      'http.token': TOKEN,
      'task.checkpointing.interval': '200',
    });

  async function start(place: string, ...more: readonly string[]): Promise<Process> {
    const port = await freePort();
    const running = startMillrace(['run', JOB, '--http.port', String(port), ...options(place), ...more], {
      timeoutMs: 240_000,
    });
    const started = { ...running, url: `http://127.0.0.1:${String(port)}` };
    processes.push(started);
    return started;
  }

  async function stop(running: Process): Promise<void> {
    running.child.kill('SIGTERM');
    const { code, stderr } = await running.ended;
    expect([code, stderr]).toEqual([0, stderr]);
  }

  async function count(): Promise<void> {
    await connection.append(
      topic,
      KEYS.map((key) => ({ key, value: '+' })),
    );
    counted += 1;
  }

  /** What all keys answer, each once; waits for it. */
  async function answersOf(question: string): Promise<ReadonlyMap<string, readonly number[]>> {
    await connection.append(
      topic,
      KEYS.map((key) => ({ key, value: `?${question}` })),
    );
    return answered(question);
  }

  async function answered(question: string): Promise<ReadonlyMap<string, readonly number[]>> {
    for (;;) {
      const answers = new Map<string, number[]>();
      for await (const { key, value } of connection.readTopic(`${topic}-answers`)) {
        const [name, number] = decoder.decode(value ?? undefined).split(' ');
        const of = decoder.decode(key ?? undefined);
        if (name === question) answers.set(of, [...(answers.get(of) ?? []), Number(number)]);
      }
      if (answers.size === KEYS.length) return answers;
      const ended = processes.find(({ child }) => child.exitCode !== null && child.exitCode !== 0);
      if (ended !== undefined) throw new Error((await ended.ended).stderr.slice(-4_000));
      await sleep(100);
    }
  }

  /** The counts that were told, each once: an answer may be repeated where partitions move. */
  const told = (answers: ReadonlyMap<string, readonly number[]>): number[] => [
    ...new Set([...answers.values()].flat()),
  ];

  async function until(condition: () => Promise<boolean>): Promise<void> {
    while (!(await condition())) await sleep(200);
  }

  function save(name: string, asked: readonly Process[]): Promise<CliResult> {
    const urls = asked.flatMap(({ url }) => ['--process', url]);
    return millrace(['savepoint', JOB, '--out', join(folder, name), '--format', 'json', ...options('one'), ...urls]);
  }

  test('two processes give one, or none where a part is missing; another run begins with it', async () => {
    await connection.createTopics([topic, `${topic}-answers`].map((each) => ({ topic: each, partitions: PARTITIONS })));
    const first = await start('one');
    await count();
    await answersOf('begun');
    const fromOne = await save('from-one', [first]);
    expect([fromOne.code, fromOne.stderr]).toEqual([0, fromOne.stderr]);

    const second = await start('one');
    // The second has some of the partitions when it alone can save nothing whole, and the first neither.
    await until(async () => {
      const alone = await save('alone', [first]);
      if (alone.code === 0) rmSync(join(folder, 'alone'), { recursive: true });
      expect(readdirSync(folder)).toEqual(['from-one']);
      return /no process wrote the state of .*ask all processes of the job/.test(alone.stderr);
    });
    await count();
    expect(told(await answersOf('both'))).toEqual([counted]);

    let fromTwo: CliResult | undefined;
    await until(async () => (fromTwo = await save('from-two', [first, second])).code === 0);
    const { tasks } = JSON.parse(fromTwo!.stdout) as { tasks: { task: string; entries: number }[] };
    expect(tasks.map(({ task }) => task)).toHaveLength(PARTITIONS);
    expect(tasks.reduce((sum, { entries }) => sum + entries, 0)).toBe(KEYS.length);
    const saved = counted;
    await count();
    await Promise.all([stop(first), stop(second)]);
    const before = await answered('both');

    // Elsewhere: neither the group nor the state on Redis is that of the savepoint.
    const third = await start('two', '--from-savepoint', join(folder, 'from-two'));
    expect(told(await answersOf('again'))).toEqual([counted]);
    expect(counted).toBeGreaterThan(saved);
    // What was read before the savepoint was not read again.
    expect(await answered('both')).toEqual(before);
    await stop(third);

    const shown = await millraceOk(['state', 'list', JOB, '--savepoint', join(folder, 'from-one'), ...options('one')]);
    expect(shown.stdout).toContain('count');
    const part = readdirSync(join(folder, 'from-one')).find(
      (name) => name !== 'manifest.json' && !name.endsWith('.json'),
    );
    rmSync(join(folder, 'from-one', part!));
    const damaged = await start('three', '--from-savepoint', join(folder, 'from-one'));
    const { code, stderr } = await damaged.ended;
    expect(code).not.toBe(0);
    expect(stderr).toContain("the savepoint's file");
    expect(existsSync(join(folder, 'alone'))).toBe(false);
  }, 300_000);
});
