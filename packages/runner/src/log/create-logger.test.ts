import { describe, expect, test } from '@jest/globals';
import { createLogger, masker, type LoggerOptions } from './create-logger.js';
import { createTerminal } from './terminal.js';

function logged(options: Partial<LoggerOptions>, log: (logger: ReturnType<typeof createLogger>) => void): string {
  let text = '';
  const write = (line: string): void => void (text += line);
  log(createLogger({ format: 'json', level: 'info', job: 'j', secrets: [], write, ...options }));
  return text;
}

describe('JSON', () => {
  test('one object a line with level, time, job, pid and fields', () => {
    const text = logged({ worker: 2 }, (logger) => logger.child({ operator: 'a' }).warn({ n: 1 }, 'hello'));
    expect(JSON.parse(text)).toMatchObject({
      level: 'warn',
      job: 'j',
      pid: process.pid,
      worker: 2,
      operator: 'a',
      n: 1,
      msg: 'hello',
    });
    expect(text.endsWith('}\n')).toBe(true);
  });

  test('of an error only name, code, message and cause: clients hang requests with credentials on theirs', () => {
    const error = Object.assign(new Error('refused', { cause: new TypeError('inner') }), {
      code: 'ECONNREFUSED',
      config: { headers: { authorization: 'Bearer x' } },
    });
    const text = logged({}, (logger) => logger.error({ err: error }, 'failed'));
    expect((JSON.parse(text) as { err: unknown }).err).toEqual({
      name: 'Error',
      code: 'ECONNREFUSED',
      message: 'refused',
      cause: { name: 'TypeError', message: 'inner' },
    });
  });

  test('the stack is there when debugging', () => {
    const text = logged({ level: 'debug' }, (logger) => logger.error({ err: new Error('x') }, 'failed'));
    expect(text).toContain('create-logger.test');
  });

  test('lower levels are left out', () => {
    expect(logged({ level: 'warn' }, (logger) => logger.info({}, 'x'))).toBe('');
    expect(logged({ level: 'silent' }, (logger) => logger.error({}, 'x'))).toBe('');
  });

  test('secrets are masked wherever they turn up', () => {
    const secret = 'a"b\\c';
    const text = logged({ secrets: [secret] }, (logger) => {
      logger.info({ url: `redis://:${secret}@h`, nested: { secret } }, `login with ${secret}`);
    });
    expect(text.match(/\*{8}/g)).toHaveLength(3);
  });
});

test('pretty lines have time, level, message and fields', () => {
  const text = logged({ format: 'pretty' }, (logger) => {
    logger.error({ err: new Error('no host', { cause: new Error('dns') }), topic: 'a b', n: 3 }, 'send failed');
  });
  expect(text).toMatch(/^\d\d:\d\d:\d\d error send failed err="no host" \("dns"\) topic="a b" n=3\n$/);
});

describe('the terminal', () => {
  test('keeps the progress line under the log lines', async () => {
    let written = '';
    const terminal = await createTerminal({ write: (text) => (written += text), isTTY: true, columns: 80 });
    terminal.progress('10 settled');
    terminal.line('a log line\n');
    expect(written).toMatch(/10 settled[^]*a log line\n[^]*10 settled/);
    terminal.clear();
  });

  test('shows no progress where it is none', async () => {
    let written = '';
    const terminal = await createTerminal({ write: (text) => (written += text), isTTY: false });
    terminal.progress('10 settled');
    terminal.line('x\n');
    terminal.clear();
    expect(written).toBe('x\n');
  });
});

test('of two secrets that begin alike nothing is left, nor of one inside JSON that a message quotes', () => {
  const mask = masker(['hunter2', 'hunter2-and-more', 'a"b\\c']);
  expect(mask('x hunter2-and-more y')).toBe('x ******** y');
  expect(mask(JSON.stringify({ message: JSON.stringify({ password: 'a"b\\c' }) }))).not.toMatch(/a.*b.*c/);
});
