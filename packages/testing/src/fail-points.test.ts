import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { parseFailPoint } from './parse-fail-point.js';

const loader = new URL('../dist/fail-points.js', import.meta.url).href;
const core = new URL('../../core/dist/index.js', import.meta.url).href;
const script = `
  import { failPoint } from ${JSON.stringify(core)};
  for (const n of [1, 2, 3]) {
    console.log('before', n);
    try { failPoint('kafka-sent'); } catch (error) { console.log(error.message); }
    console.log('after', n);
  }`;

function run(failPoint: string | undefined): { out: string; err: string; signal: string | null; code: number | null } {
  const { stdout, stderr, signal, status } = spawnSync(
    process.execPath,
    ['--import', loader, '--input-type=module', '--eval', script],
    { encoding: 'utf8', env: { ...process.env, MILLRACE_FAIL_POINT: failPoint, NODE_OPTIONS: '' } },
  );
  return { out: stdout.trim().split('\n').join(', '), err: stderr, signal, code: status };
}

describe('the fail point that a variable names', () => {
  test.each([
    ['kafka-sent', { name: 'kafka-sent', at: 1, action: 'kill' }],
    ['checkpoint-held:12', { name: 'checkpoint-held', at: 12, action: 'kill' }],
    ['checkpoint-held:throw', { name: 'checkpoint-held', at: 1, action: 'throw' }],
    ['checkpoint-held:3:throw', { name: 'checkpoint-held', at: 3, action: 'throw' }],
  ])('%s', (text, armed) => {
    expect(parseFailPoint(text)).toEqual(armed);
  });

  test.each(['', 'kafka', 'toString', 'kafka-sent:0', 'kafka-sent:-1', 'kafka-sent:x', 'kafka-sent:throw:2', 'a,b'])(
    'refuses %j: a test that kills nowhere proves nothing',
    (text) => {
      expect(() => parseFailPoint(text)).toThrow(/^MILLRACE_FAIL_POINT is .*kafka-sent, /);
    },
  );
});

describe('a process under --import @millrace/testing/fail-points', () => {
  test('is killed where it is named, at the time that is named', () => {
    const killed = run('kafka-sent:2');
    expect(killed).toMatchObject({ out: 'before 1, after 1, before 2', signal: 'SIGKILL' });
    expect(killed.err).toMatch(/^fail point kafka-sent:2 reached in process \d+$/m);
  });

  test('gets an error there, once', () => {
    expect(run('kafka-sent:2:throw')).toMatchObject({
      out: 'before 1, after 1, before 2, fail point kafka-sent, after 2, before 3, after 3',
      code: 0,
    });
  });

  test('runs to its end at another fail point and without one', () => {
    const whole = { out: 'before 1, after 1, before 2, after 2, before 3, after 3', code: 0 };
    expect(run('kafka-send')).toMatchObject(whole);
    expect(run(undefined)).toMatchObject(whole);
  });

  test('does not start where no such fail point is', () => {
    const refused = run('nowhere');
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('MILLRACE_FAIL_POINT is "nowhere"');
  });
});
