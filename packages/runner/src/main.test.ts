import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { main } from './main.js';
import { FakeIo, until } from './test-support/fake-io.js';

const JOB = './fixtures/jobs/tiny.mjs';
const EMBEDDED = ['--embedded', '/nowhere'];
const SUMMARY_KEYS = [
  ...['read', 'processed', 'skipped', 'failed', 'coalesced', 'completed', 'certificates', 'audits'],
  ...['seconds', 'perSecond', 'restarts'],
];

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-main-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly io: FakeIo;
}

async function millrace(...argv: string[]): Promise<Ended> {
  const io = new FakeIo();
  return { code: await main(argv, io), io };
}

describe('help', () => {
  test.each([[['--help']], [['run', '--help']], [['load', '--help']], [['dump', '--help']]])('%j', async (argv) => {
    const { code, io } = await millrace(...argv);
    expect(code).toBe(0);
    expect(io.out).toMatch(/^Usage: millrace /);
    expect(io.err).toBe('');
  });

  test('of all commands is the golden file (UPDATE_GOLDEN=1 writes it)', async () => {
    const commands = [[], ['run'], ['load'], ['dump'], ['describe'], ['config'], ['sample']];
    const texts = [];
    for (const command of commands) {
      texts.push(`$ millrace ${[...command, '--help'].join(' ')}\n${(await millrace(...command, '--help')).io.out}`);
    }
    const golden = new URL('./cli/help.golden.txt', import.meta.url);
    const text = texts.join('\n');
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, text);
    expect(text).toBe(readFileSync(golden, 'utf8'));
  });

  test('with a job lists its variables', async () => {
    const { io } = await millrace('run', JOB, '--help');
    expect(io.out).toMatch(/^ {2}--tiny\.records <value> +Records in the input\.$/m);
  });

  test('of a job lists its commands', async () => {
    for (const argv of [
      [JOB, '--help'],
      ['--help', JOB],
    ]) {
      const { code, io } = await millrace(...argv);
      expect(code).toBe(0);
      expect(io.out).toMatch(/^Commands of the job:\n {2}echo \[options\] <job> .*\n {2}queue .*the queue$/m);
    }
  });

  test("of a job's commands is the golden file (UPDATE_GOLDEN=1 writes it)", async () => {
    const texts = [];
    for (const command of [['echo'], ['queue'], ['queue', 'list']]) {
      const { io } = await millrace(...command, JOB, '--help');
      // The variables are the same for all commands, and many.
      const [own] = io.out.split('\nVariables of the job');
      texts.push(`$ millrace ${[...command, 'JOB', '--help'].join(' ')}\n${own ?? ''}`);
    }
    const golden = new URL('./cli/job-help.golden.txt', import.meta.url);
    const text = texts.join('\n');
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, text);
    expect(text).toBe(readFileSync(golden, 'utf8'));
  });

  test('of a job that cannot be found is the general one', async () => {
    expect((await millrace('run', 'nonsense', '--help')).io.out).toMatch(/^Usage: millrace run/);
  });

  test('--version prints the version', async () => {
    expect((await millrace('--version')).io.out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('wrong input ends with one line on standard error and exit code 2', () => {
  test.each<[string, string[], RegExp]>([
    [
      'no command at all',
      [],
      /no command given: one of run, load, dump, describe, config, sample; try millrace --help/,
    ],
    [
      'a command that only a job can have, without one',
      ['explain'],
      /unknown command 'explain': one of run, .*, or one of a job: millrace explain JOB/,
    ],
    ['an unknown command of a job', ['ehco', JOB], /unknown command 'ehco' \(Did you mean echo\?\)/],
    ['a command of a job that is not installed', ['queue', 'list', 'nonsense'], /job nonsense not found/],
    ['a group alone', ['queue', JOB], /queue takes one of list, drain before the job/],
    ['an unknown command of a group', ['queue', 'lits', JOB], /queue takes one of list, drain before the job/],
    ["a job's command without a required option", ['echo', JOB], /required option '--user <text>' not specified/],
    [
      'an option of a job that is blank',
      ['echo', JOB, '--user', ' '],
      /'--user <text>' argument ' ' is invalid\. It must not/,
    ],
    ['an option that the job refuses', ['echo', JOB, '--user', '123456789'], /It must have at most 8 letters/],
    ['a number of a job out of range', ['echo', JOB, '--user', 'u', '--rate', '0'], /whole number from 1 to 1000/],
    ['a time of a job that is none', ['echo', JOB, '--user', 'u', '--since', 'noon'], /It must be a time \(2026-/],
    ['a value of a job that is not allowed', ['echo', JOB, '--user', 'u', '--code', 'C'], /It must be one of A, B/],
    [
      'an option of a job, misspelt',
      ['echo', JOB, '--user', 'u', '--rat', '1'],
      /unknown option --rat \(did you mean --rate\?\)/,
    ],
    ["a usage error of a job's command", ['echo', JOB, ...EMBEDDED, '--user', 'nobody'], /nobody is no user/],
    ["a job's command without data", ['echo', JOB, '--user', 'u'], /give --embedded DIR \(no servers\)/],
    [
      'a job with a command of the runner',
      ['run', './fixtures/jobs/clash.mjs'],
      /the command load has the name of one of/,
    ],
    ['config without show or check', ['config', JOB], /missing required argument 'show\|check'/],
    ['an unknown command', ['rnu', JOB], /unknown command 'rnu' \(Did you mean run\?\)/],
    ['no job', ['run'], /missing required argument 'job'/],
    [
      'a job that is not installed',
      ['run', 'nonsense'],
      /job nonsense not found: no package @millrace\/nonsense or nonsense/,
    ],
    ['a module that does not exist', ['run', './no.mjs'], /job \.\/no\.mjs not found: .*no\.mjs does not exist/],
    [
      'a module that is no job',
      ['run', './fixtures/jobs/no-job.mjs'],
      /default export of .*no-job\.mjs is no job definition/,
    ],
    [
      'a module with an error',
      ['run', './fixtures/jobs/broken.mjs'],
      /broken\.mjs cannot be imported: broken on purpose/,
    ],
    ['an unknown option', ['run', JOB, '--nonsense', '1'], /unknown option --nonsense; try --help/],
    [
      'an unknown variable',
      ['run', JOB, '--tiny.record', '1'],
      /unknown option --tiny\.record \(did you mean --tiny\.records\?\)/,
    ],
    [
      'an unknown variable with --set',
      ['run', JOB, '--set', 'tiny.record=1'],
      /--set tiny\.record: no such configuration variable \(did you mean tiny\.records\?\)/,
    ],
    [
      '--set without a value',
      ['run', JOB, '--set', 'tiny.records'],
      /--set tiny\.records has no value: it takes key=value/,
    ],
    ['a flag without a value', ['run', JOB, '--tiny.records'], /option '--tiny\.records <value>' argument missing/],
    [
      'a wrong value',
      ['run', JOB, '--tiny.records', '12abc'],
      /--tiny\.records: "12abc" is not allowed: it must be a whole number of at least 0/,
    ],
    [
      'a wrong value with --set',
      ['run', JOB, '--set', 'tiny.fails=x'],
      /--set tiny\.fails: "x" is not allowed: it must be one of nothing, create/,
    ],
    [
      'a missing configuration file',
      ['run', JOB, '--config', 'no.conf'],
      /configuration file no\.conf cannot be read: it does not exist/,
    ],
    ['two configuration files', ['run', JOB, '--config', 'a', '--config.file.path', 'b'], /name two files/],
    [
      'a value that the job itself refuses',
      ['run', JOB, ...EMBEDDED, '--tiny.records', '13'],
      /tiny\.records: 13 is unlucky/,
    ],
    ['nothing that holds the data', ['run', JOB], /give --embedded DIR \(no servers\) or set kafka\.broker-servers/],
    ['a missing topic', ['run', JOB, ...EMBEDDED, '--tiny.fails', 'setup'], /topic dev\.numbers does not exist/],
    [
      'a bad line of a data set',
      ['load', JOB, ...EMBEDDED, '--dataset', 'bad'],
      /bad\/requests\.jsonl, line 7: it is not JSON; nothing was loaded/,
    ],
    ['load without a data set', ['load', JOB, ...EMBEDDED], /required option '--dataset <dir>' not specified/],
    [
      'partitions that are no number',
      ['load', JOB, '--dataset', 'x', '--partitions', '1x'],
      /must be a whole number from 1 to 10000/,
    ],
    ['a command the job does not have', ['sample', JOB, '--out', 'x'], /has no sample/],
    ['an unknown action', ['config', JOB, 'frobnicate'], /Allowed choices are show, check/],
    ['an unknown format', ['describe', JOB, '--format', 'xml'], /Allowed choices are text, json, mermaid/],
    ['a value for an option that takes none', ['run', JOB, '--until-drained=yes'], /--until-drained takes no value/],
    [
      'a folder without a name',
      ['run', JOB, '--embedded', ''],
      /'--embedded <dir>' argument '' is invalid\. It must name a folder/,
    ],
    ['too many arguments', ['run', JOB, 'more'], /too many arguments/],
  ])('%s', async (_name, argv, message) => {
    const { code, io } = await millrace(...argv);
    expect(io.messages).toHaveLength(1);
    expect(io.messages[0]).toMatch(message);
    expect(io.messages[0]).toMatch(/^millrace: /);
    expect(io.out).toBe('');
    expect(code).toBe(2);
  });

  test('a port that is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const { code, io } = await millrace('run', JOB, ...EMBEDDED, '--http.port', String(port));
    await new Promise((resolve) => other.close(resolve));
    expect([code, io.messages]).toEqual([
      2,
      [
        `millrace: http.port: cannot listen on 127.0.0.1:${String(port)}: it is in use by another process; choose another with --http.port`,
      ],
    ]);
  });
});

describe('run', () => {
  test('a bounded run ends with a table, exit code 0', async () => {
    const { code, io } = await millrace('run', JOB, ...EMBEDDED, '--until-drained');
    expect(code).toBe(0);
    expect(io.out).toMatch(/│ read +│ +20 │/);
  });

  test('--summary json prints one line with the keys in their order', async () => {
    const { io } = await millrace('run', JOB, ...EMBEDDED, '--until-drained', '--summary', 'json');
    const summary = JSON.parse(io.out) as Record<string, number>;
    expect(Object.keys(summary)).toEqual(SUMMARY_KEYS);
    expect(summary).toMatchObject({ read: 20, processed: 20, restarts: 0 });
    expect(io.out.trim()).not.toContain('\n');
  });

  test('input that was gone before it was read: the rest is done, the summary says how much, exit code 1', async () => {
    const argv = [JOB, ...EMBEDDED, '--tiny.missed', '7', '--until-drained', '--summary', 'json'];
    const { code, io } = await millrace('run', ...argv);
    expect(code).toBe(1);
    expect(JSON.parse(io.out)).toMatchObject({ read: 20, processed: 20, restarts: 0, missed: 7 });
    expect(io.messages.join('\n')).toContain('7 records of the input were deleted (retention) before they were read');
  });

  test('flags may stand before the job, and the last of a variable wins', async () => {
    const argv = ['--tiny.records', '3', '--set', 'tiny.records=5', JOB, ...EMBEDDED, '--until-drained'];
    expect((await millrace('run', ...argv)).io.out).toMatch(/│ read +│ +5 │/);
  });

  test('a service that cannot be reached: 69 and its address', async () => {
    const { code, io } = await millrace('run', JOB, ...EMBEDDED, '--tiny.fails', 'unavailable');
    expect([code, io.messages]).toEqual([69, ['millrace: Kafka at localhost:1 could not be reached within 2 s']]);
  });

  test('a job that uses up its restarts: 1', async () => {
    const strategy = ['--task.restart-strategy.attempts', '1', '--task.restart-strategy.delay', '1'];
    const { code, io } = await millrace('run', JOB, ...EMBEDDED, '--tiny.fails', 'element', ...strategy);
    expect(code).toBe(1);
    expect(io.messages).toEqual(['millrace: tiny failed: identity: number 3 cannot be processed']);
    expect(io.logged('the job attempt failed')).toHaveLength(2);
  });

  test('a bug: 1, with the stack', async () => {
    const { code, io } = await millrace('run', JOB, ...EMBEDDED, '--tiny.fails', 'create');
    expect(code).toBe(1);
    expect(io.err).toMatch(/^millrace: a bug in create\nError: a bug in create\n +at /);
  });

  test('with --embedded one process does all, and says so', async () => {
    const { code, io } = await millrace('run', JOB, ...EMBEDDED, '--parallelism', '4', '--until-drained');
    expect(code).toBe(0);
    expect(io.err).toContain('one process does all the work');
  });

  test('says once what is not used and what has no effect', async () => {
    writeFileSync(join(folder, 'a.json'), '{"kafka": {"zookeeper": "z", "producer": {"linger.ms": 20}}, "x": 1}');
    const { io } = await millrace('run', JOB, ...EMBEDDED, '--until-drained', '--config', join(folder, 'a.json'));
    expect(io.logged('configuration that this job does not use').map(({ names }) => names)).toEqual([
      'kafka.zookeeper, x',
    ]);
    expect(io.logged('accepted without effect').map(({ values }) => values)).toEqual(['kafka.producer.linger.ms=20']);
  });
});

describe('signals', () => {
  async function interrupted(argv: string[], signals: number, when: (io: FakeIo) => boolean): Promise<Ended> {
    const io = new FakeIo();
    const ended = main(argv, io);
    await until(() => io.listens && when(io));
    for (let index = 0; index < signals; index += 1) io.signal('SIGTERM');
    return { code: await ended, io };
  }
  const isRunning = (io: FakeIo): boolean => io.logged('job state').some(({ state }) => state === 'RUNNING');
  const endless = ['run', JOB, ...EMBEDDED, '--tiny.records', '1000000000'];

  test('the first one drains: exit code 0, nothing on standard output', async () => {
    const { code, io } = await interrupted(endless, 1, isRunning);
    expect([code, io.out, io.messages]).toEqual([0, '', []]);
    expect(io.logged('the job has ended')).toHaveLength(1);
    expect(io.listens).toBe(false);
  });

  test('during the start it ends cleanly too', async () => {
    const isConnecting = (io: FakeIo): boolean => io.logged('connecting').length > 0;
    const { code, io } = await interrupted(['run', JOB, ...EMBEDDED, '--tiny.fails', 'connect-hangs'], 1, isConnecting);
    expect([code, io.messages]).toEqual([0, []]);
  });

  test('a second one ends at once: 3', async () => {
    const { code, io } = await interrupted([...endless, '--tiny.settle', '100000'], 2, isRunning);
    expect([code, io.messages]).toEqual([3, ['millrace: stopped by a second SIGTERM; work was left undone']]);
  });

  test('a stop that takes longer than stop.timeout: 3', async () => {
    const { code, io } = await interrupted(
      [...endless, '--tiny.settle', '100000', '--stop.timeout', '0.05'],
      1,
      isRunning,
    );
    expect(code).toBe(3);
    expect(io.messages).toEqual(['millrace: the job did not stop cleanly; what it had not committed will be repeated']);
  });

  test('a dump that is interrupted is not done: 3', async () => {
    const { code } = await interrupted(['dump', JOB, ...EMBEDDED, '--out', folder], 1, () => true);
    expect(code).toBe(3);
  });
});

describe('commands of a job', () => {
  test('get their options, the configuration, and print what they find', async () => {
    const { code, io } = await millrace(
      ...['echo', '--dry-run', JOB, ...EMBEDDED, '--user', 'u', '--code', 'A', '--code', 'B', '--no-pages'],
      ...['--since', '2026-01-31', '--tiny.records', '7', '--format', 'json'],
    );
    expect([code, io.messages]).toEqual([0, ['echoing']]);
    expect(JSON.parse(io.out)).toEqual({
      ...{ records: 7, user: 'u', code: ['A', 'B'], rate: 100, since: 1_769_817_600_000 },
      ...{ 'dry-run': true, pages: false },
    });
  });

  test('print a table by default; what would steer the terminal is shown, not sent', async () => {
    const { io } = await millrace('echo', JOB, ...EMBEDDED, '--user', 'a\u001b[2J\u202eb');
    expect(io.out).toContain(String.raw`a\u{1b}[2J\u{202e}b`);
  });

  test('of a group have two words', async () => {
    const { code, io } = await millrace('queue', 'list', JOB, ...EMBEDDED);
    expect([code, io.out]).toEqual([0, 'list\n']);
  });

  test('that are stopped are not done: 3', async () => {
    const io = new FakeIo();
    const ended = main(['queue', 'drain', JOB, ...EMBEDDED], io);
    await until(() => io.listens);
    io.signal('SIGINT');
    expect([await ended, io.messages]).toEqual([3, ['millrace: queue drain was stopped before it was through']]);
  });
});

describe('the other commands', () => {
  test('describe prints the graph without connecting', async () => {
    const { code, io } = await millrace('describe', JOB, '--tiny.fails', 'setup');
    expect([code, io.err]).toEqual([0, '']);
    expect(io.out).toContain('identity');
    expect((await millrace('describe', JOB, '--format', 'mermaid')).io.out).toMatch(/^(?:flowchart|graph) /);
    expect(JSON.parse((await millrace('describe', JOB, '--format', 'json')).io.out)).toBeInstanceOf(Object);
  });

  test('load prints its counts and its notes', async () => {
    const { code, io } = await millrace(
      'load',
      JOB,
      ...EMBEDDED,
      '--dataset',
      'x',
      '--partitions',
      '2',
      '--summary',
      'json',
    );
    expect([code, io.out]).toEqual([0, '{"requests":3,"partitions":2}\n']);
    expect(io.messages).toEqual(['collections.jsonl was left out']);
  });

  test('config show tells values and origins', async () => {
    const io = new FakeIo({ MILLRACE_TINY_RECORDS: '7' });
    expect(await main(['config', JOB, 'show', '--tiny.password', 'hunter2'], io)).toBe(0);
    expect(io.out).toMatch(/^tiny\.records +7 +environment$/m);
    expect(io.out).toMatch(/^tiny\.password +\*+ +flag$/m);
    expect(io.out).not.toContain('hunter2');
  });

  test('config check tells by its exit code', async () => {
    expect(await millrace('config', JOB, 'check')).toMatchObject({ code: 0, io: { out: '', err: '' } });
    expect((await millrace('config', JOB, 'check', '--http.port', 'x')).code).toBe(2);
  });
});

test('a secret under a misspelt name is not repeated', async () => {
  for (const argv of [['--tiny.pasword=hunter2'], ['--set', 'tiny.pasword=hunter2'], ['--tiny.pasword', 'hunter2']]) {
    const { code, io } = await millrace('run', JOB, ...EMBEDDED, ...argv);
    expect(code).toBe(2);
    expect(io.messages.join()).toMatch(/did you mean (?:--)?tiny\.password\?/);
    expect(io.err).not.toContain('hunter2');
  }
});

test('a secret is in no log line and no message', async () => {
  const secret = 'hunter2"\\x';
  const { io } = await millrace(
    'run',
    JOB,
    ...EMBEDDED,
    '--until-drained',
    '--tiny.password',
    secret,
    '--log-level',
    'debug',
  );
  expect(io.logged('connecting').map(({ password }) => password)).toEqual(['********']);
  expect(io.err + io.out).not.toContain('hunter2');
});
