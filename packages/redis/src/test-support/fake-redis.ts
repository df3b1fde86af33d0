import { setImmediate } from 'node:timers/promises';

import type { CommandExecutor, CommandGroup, Reply } from '../commands.js';

/** A reply as Redis words an error. */
export function replyError(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError' });
}

/** Sets in memory behind the executor's interface; counts round trips. */
export class FakeRedis implements CommandExecutor {
  readonly sets = new Map<string, Set<string> | 'a string'>();
  readonly pipelines: (readonly CommandGroup[])[] = [];
  running = 0;
  mostRunning = 0;
  /** Thrown by the next round trips, as a lost connection is. */
  down: Error | undefined;

  async exec(groups: readonly CommandGroup[]): Promise<readonly (readonly Reply[])[]> {
    this.pipelines.push(groups);
    this.running += 1;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    await setImmediate();
    this.running -= 1;
    if (this.down !== undefined) throw this.down;
    return groups.map(({ commands }) => commands.map(([name, key, ...args]) => this.#answer(name, key ?? '', args)));
  }

  #answer(name: string, key: string, args: readonly string[]): Reply {
    const held = this.sets.get(key);
    if (name === 'DEL') return this.sets.delete(key) ? 1 : 0;
    if (held === 'a string') return replyError('WRONGTYPE Operation against a key holding the wrong kind of value');
    if (name === 'SMEMBERS') return [...(held ?? [])];
    if (name !== 'SADD') return replyError(`ERR unknown command '${name}'`);
    this.sets.set(key, new Set([...(held ?? []), ...args]));
    return args.length;
  }
}
