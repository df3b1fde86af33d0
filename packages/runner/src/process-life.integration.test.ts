import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';

// services: none
// The built command in processes of its own: what only a real process shows.
const root = fileURLToPath(new URL('..', import.meta.url));
const JOB = './fixtures/jobs/tiny.mjs';
const SERVERS = ['--kafka.broker-servers', 'unused:1'];
const ENDLESS = ['--tiny.records', '1000000000'];

class Run {
  out = '';
  err = '';
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;

  constructor(args: readonly string[]) {
    this.child = spawn(process.execPath, ['bin/millrace.mjs', ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.out += text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.err += text));
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
    runs.push(this);
  }

  /** Resolves when standard error has `count` lines with the text. */
  async says(text: string, count = 1): Promise<void> {
    while (this.err.split(text).length <= count) {
      if (this.child.exitCode !== null) throw new Error(`ended without saying ${text}: ${this.err}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Processes that this one forked. */
  children(): number[] {
    return readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry) && parentOf(Number(entry)) === this.child.pid)
      .map(Number);
  }
}

/** Parent's process id, undefined for a process that has ended. */
function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? undefined : Number(parent);
  } catch {
    return undefined;
  }
}

const runs: Run[] = [];
afterEach(async () => {
  for (const run of runs.splice(0)) {
    run.child.kill('SIGKILL');
    await run.ended;
  }
});

describe('one process', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('%s drains and exits 0', async (signal) => {
    const run = new Run(['run', JOB, ...SERVERS, ...ENDLESS]);
    await run.says('"state":"RUNNING"');
    run.child.kill(signal);
    expect(await run.ended).toBe(0);
    expect(run.out).toBe('');
    expect(run.err).toContain('the job has ended');
  });

  test('a second signal exits 3', async () => {
    const run = new Run(['run', JOB, ...SERVERS, '--tiny.settle', '100000']);
    await run.says('"state":"RUNNING"');
    run.child.kill('SIGINT');
    await run.says('"stopping"');
    run.child.kill('SIGINT');
    expect(await run.ended).toBe(3);
  });

  test.each(['uncaught', 'rejection'])('an error that nobody catches is logged, exit 1: %s', async (fails) => {
    const run = new Run(['run', JOB, ...SERVERS, ...ENDLESS, '--tiny.fails', fails]);
    expect(await run.ended).toBe(1);
    expect(run.err).toContain('an error that nobody caught');
  });

  test('a reader that closes the pipe early is no error', async () => {
    const run = new Run(['config', JOB, 'show']);
    run.child.stdout?.destroy();
    expect(await run.ended).toBe(0);
  });
});

describe('several processes', () => {
  test('a bounded run prints one summary with the sum', async () => {
    const run = new Run(['run', JOB, ...SERVERS, '--parallelism', '2', '--until-drained', '--summary', 'json']);
    expect(await run.ended).toBe(0);
    expect(JSON.parse(run.out)).toMatchObject({ read: 40, processed: 40 });
  });

  test('what was gone before it was read is added up too, and each of them works to its end', async () => {
    const args = ['--tiny.missed', '7', '--parallelism', '2', '--until-drained', '--summary', 'json'];
    const run = new Run(['run', JOB, ...SERVERS, ...args]);
    expect(await run.ended).toBe(1);
    expect(JSON.parse(run.out)).toMatchObject({ read: 40, processed: 40, missed: 14 });
  });

  test('SIGTERM drains all of them, exit 0; none is left', async () => {
    const run = new Run(['run', JOB, ...SERVERS, ...ENDLESS, '--parallelism', '2']);
    await run.says('"state":"RUNNING"', 2);
    const children = run.children();
    expect(children).toHaveLength(2);
    run.child.kill('SIGTERM');
    expect(await run.ended).toBe(0);
    expect(children.filter((pid) => parentOf(pid) !== undefined)).toEqual([]);
  });

  test('a second signal ends all of them, exit 3', async () => {
    const run = new Run(['run', JOB, ...SERVERS, '--tiny.settle', '100000', '--parallelism', '2']);
    await run.says('"state":"RUNNING"', 2);
    run.child.kill('SIGTERM');
    await run.says('the parent process', 2);
    run.child.kill('SIGTERM');
    expect(await run.ended).toBe(3);
  });

  test('one that fails stops the others, exit 1', async () => {
    const once = ['--task.restart-strategy.attempts', '0'];
    const run = new Run(['run', JOB, ...SERVERS, ...ENDLESS, '--parallelism', '2', '--tiny.fails', 'element', ...once]);
    expect(await run.ended).toBe(1);
  });

  test('they end when their parent is killed', async () => {
    const run = new Run(['run', JOB, ...SERVERS, ...ENDLESS, '--parallelism', '2']);
    await run.says('"state":"RUNNING"', 2);
    const children = run.children();
    run.child.kill('SIGKILL');
    await run.ended;
    while (children.some((pid) => parentOf(pid) !== undefined)) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(children).toHaveLength(2);
  });

  test('metrics and health of all of them come from the parent', async () => {
    const run = new Run(['run', JOB, ...SERVERS, ...ENDLESS, '--parallelism', '2', '--http.port', '0']);
    await run.says('"state":"RUNNING"', 2);
    const port = /"port":(\d+)/.exec(run.err)?.[1] ?? '';
    const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`);
    expect((await get('/health/ready')).status).toBe(200);
    expect(((await (await get('/health/live')).json()) as { processes: unknown[] }).processes).toHaveLength(2);
    const metrics = await (await get('/metrics')).text();
    expect(metrics).toMatch(/^numRestarts\{job="tiny",process="1"\} 0$/m);
    expect(metrics).toMatch(/^numRestarts\{job="tiny",process="2"\} 0$/m);
  });
});
