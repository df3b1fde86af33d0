import { describe, expect, test } from '@jest/globals';
import { Mailbox } from './mailbox.js';

function unexpected(error: unknown): void {
  throw error;
}

describe('a mailbox', () => {
  test('makes calls that arise inside another after it, in the order of arising', () => {
    const mailbox = new Mailbox(unexpected);
    const log: string[] = [];
    mailbox.run(() => {
      mailbox.run(() => {
        log.push('b');
        mailbox.run(() => log.push('d'));
      });
      mailbox.run(() => log.push('c'));
      log.push('a');
    });
    expect(log).toEqual(['a', 'b', 'c', 'd']);
  });

  test('hands its subject to a call, whether it runs at once or waits', () => {
    const mailbox = new Mailbox(unexpected);
    const log: string[] = [];
    const note = (subject: string): void => {
      log.push(subject);
      if (subject === 'outer') mailbox.run(note, 'inner');
      log.push(`${subject} over`);
    };
    mailbox.run(note, 'outer');
    expect(log).toEqual(['outer', 'outer over', 'inner', 'inner over']);
  });

  test('does not grow the stack with 100,000 calls that each make the next', () => {
    const mailbox = new Mailbox(unexpected);
    let calls = 0;
    const next = (): void => {
      calls += 1;
      if (calls < 100_000) mailbox.run(next);
    };
    mailbox.run(next);
    expect(calls).toBe(100_000);
  });

  test('tells of what a call throws and goes on with the next', () => {
    const errors: unknown[] = [];
    const mailbox = new Mailbox((error) => errors.push(error));
    const log: string[] = [];
    mailbox.run(() => {
      mailbox.run(() => log.push('next'));
      throw new Error('broken');
    });
    mailbox.run(() => log.push('later'));
    expect(errors).toEqual([new Error('broken')]);
    expect(log).toEqual(['next', 'later']);
  });

  test('that is closed inside a call forgets what waits', () => {
    const mailbox = new Mailbox(unexpected);
    const log: string[] = [];
    mailbox.run(() => {
      mailbox.run(() => log.push('waits'));
      mailbox.close();
    });
    mailbox.run(() => log.push('late'));
    expect(log).toEqual([]);
    expect(mailbox.begin()).toBe(false);
  });

  test('does not begin inside a call', () => {
    const mailbox = new Mailbox(unexpected);
    expect(mailbox.begin()).toBe(true);
    expect(mailbox.begin()).toBe(false);
    mailbox.end();
    expect(mailbox.begin()).toBe(true);
  });
});
