import { SetupError } from '@millrace/core';

import type { BatcherOptions } from './batcher.js';
import { CommandBatcher } from './batcher.js';
import type { Command, CommandExecutor, Reply } from './commands.js';
import { RedisCommandError, RedisValueError, RedisWrongTypeError, replyCode } from './errors.js';

/** Members of one SADD: long argument lists block Redis for other clients while they are parsed. */
const MEMBERS_PER_SADD = 1000;

/**
 * Redis sets as lookup tables. Keys and members are text (UTF-8). A missing key reads as an empty set, as in Redis.
 * Calls made in one turn of the event loop share pipelines; each call's commands are one pipeline at most.
 *
 * Every method rejects with RedisWrongTypeError (`event`) where a key holds another type, RedisValueError (`event`)
 * for text that has no UTF-8 form, RedisCommandError or RedisUnavailableError (`infrastructure`) for everything else.
 */
export class RedisSets {
  readonly #batcher: CommandBatcher;

  constructor(executor: CommandExecutor, options: BatcherOptions = {}) {
    this.#batcher = new CommandBatcher(executor, options);
  }

  /** Members of each key's set, in the order of `keys`. The sets may be from different moments. */
  async members(keys: readonly string[]): Promise<Set<string>[]> {
    const commands = keys.map(smembers);
    return toSets(keys, await this.#batcher.send({ atomic: false, commands }));
  }

  /**
   * Members of each key's set, group by group; the sets of one group are of one moment (MULTI), the groups share a
   * round trip.
   */
  async membersTogether(groups: readonly (readonly string[])[]): Promise<Set<string>[][]> {
    return Promise.all(
      groups.map(async (keys) => {
        const commands = keys.map(smembers);
        return toSets(keys, await this.#batcher.send({ atomic: keys.length > 1, commands }));
      }),
    );
  }

  /** Makes the set of `key` exactly `members`, at one moment for all readers; no members: the key is deleted. */
  async replace(key: string, members: Iterable<string>): Promise<void> {
    checkText('redis key', key);
    const all = Array.from(members);
    for (const member of all) checkText('redis set member', member);
    const commands: Command[] = [['DEL', key]];
    for (let from = 0; from < all.length; from += MEMBERS_PER_SADD) {
      commands.push(['SADD', key, ...all.slice(from, from + MEMBERS_PER_SADD)]);
    }
    const replies = await this.#batcher.send({ atomic: commands.length > 1, commands });
    replies.forEach((reply, index) => throwIfError(reply, commands[index]?.[0] ?? 'SADD', key));
  }

  /** Deletes the keys, whatever they hold; missing ones are no error. */
  async delete(keys: readonly string[]): Promise<void> {
    const commands = keys.map((key): Command => ['DEL', checkText('redis key', key)]);
    const replies = await this.#batcher.send({ atomic: false, commands });
    replies.forEach((reply, index) => throwIfError(reply, 'DEL', keys[index] ?? ''));
  }

  /**
   * Checks at start that this user may read sets, with `sampleKey` standing for the keys to come (it need not exist,
   * and its type is not looked at).
   *
   * @throws SetupError where the user has no permission
   */
  async checkReadable(sampleKey: string): Promise<void> {
    try {
      await this.membersTogether([[sampleKey, sampleKey]]);
    } catch (error) {
      if (error instanceof RedisWrongTypeError) return;
      if (error instanceof RedisCommandError && error.reply === 'NOPERM') {
        throw new SetupError(
          'ERR_REDIS_PERMISSION',
          `${error.message} (the user needs SMEMBERS, MULTI and EXEC on such keys)`,
          {
            cause: error,
          },
        );
      }
      throw error;
    }
  }
}

function smembers(key: string): Command {
  return ['SMEMBERS', checkText('redis key', key)];
}

function toSets(keys: readonly string[], replies: readonly Reply[]): Set<string>[] {
  return keys.map((key, index) => {
    const reply = replies[index];
    throwIfError(reply, 'SMEMBERS', key);
    if (!Array.isArray(reply)) throw new RedisCommandError('SMEMBERS', key, new Error('the answer is no list'));
    return new Set(reply as string[]);
  });
}

function throwIfError(reply: Reply, command: string, key: string): void {
  if (!(reply instanceof Error)) return;
  if (replyCode(reply.message) === 'WRONGTYPE') throw new RedisWrongTypeError(command, key, reply);
  throw new RedisCommandError(command, key, reply);
}

function checkText(what: string, text: string): string {
  // A lone surrogate is sent as U+FFFD: another key, perhaps another course's.
  if (/\p{Surrogate}/u.test(text)) throw new RedisValueError(what, text);
  return text;
}
