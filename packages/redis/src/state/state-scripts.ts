import { failPoint, StateFencedError } from '@millrace/core';
import type { TaskSnapshot } from '@millrace/core';
import type { Argument } from '../connection.js';
import { RedisStateDamagedError } from '../errors.js';
import { COMMIT, MOVE, STAGE, WRITE } from './scripts.js';
import type { Script } from './scripts.js';
import type { StateConnection } from './state-connection.js';
import type { StateDelta } from './state-delta.js';
import type { StateKeys } from './state-keys.js';

/** How much one script does: other clients of the server wait meanwhile. */
export interface ScriptLimits {
  readonly entries: number;
  readonly bytes: number;
}

/**
 * Writes as one claim. A checkpoint of usual size is one script. A large one is brought to Redis in parts first, counts
 * from one script on, and is then moved into the entries part by part; whoever claims the state before that is done
 * finishes it.
 */
export class StateScripts {
  readonly #connection: StateConnection;
  readonly #keys: StateKeys;
  readonly #split: string;
  readonly #token: string;
  readonly #limits: ScriptLimits;
  #checkpoint = 0;
  /** The last checkpoint that Redis said is done. */
  #acknowledged = 0;
  /** Whether changes that count may lie in the stage. */
  #isMoving = false;

  /** @param token what Redis knows the claim by */
  constructor(connection: StateConnection, keys: StateKeys, split: string, token: string, limits: ScriptLimits) {
    this.#connection = connection;
    this.#keys = keys;
    this.#split = split;
    this.#token = token;
    this.#limits = limits;
  }

  /** @throws StateFencedError, RedisStateDamagedError, RedisStateError, RedisCommandError */
  async write(delta: StateDelta, { positions, meta }: TaskSnapshot): Promise<void> {
    if (this.#isMoving) await this.finishMove();
    this.#checkpoint += 1;
    const head = [String(this.#checkpoint), String(this.#acknowledged)];
    const place = [JSON.stringify([...positions]), meta];
    if (delta.size <= this.#limits.entries && delta.bytes <= this.#limits.bytes) {
      await this.#run(WRITE, [...head, ...place, ...delta.arguments()]);
      this.#acknowledged = this.#checkpoint;
      return;
    }
    let length = 0;
    for (const part of delta.parts(this.#limits.entries, this.#limits.bytes)) {
      await this.#run(STAGE, [...head, String(length), ...part]);
      length += part.length;
    }
    failPoint('redis-state-staged');
    this.#isMoving = true;
    await this.#run(COMMIT, [...head, ...place, String(length)]);
    this.#acknowledged = this.#checkpoint;
    failPoint('redis-state-committed');
    // It is written: if moving fails, the next write goes on with it, or whoever claims the state.
    await this.finishMove().catch(() => undefined);
  }

  /** Brings what counts already from the stage into the entries. */
  async finishMove(): Promise<void> {
    const { entries, bytes } = this.#limits;
    while ((await this.#run(MOVE, [String(entries), String(bytes)])) === 'more');
    this.#isMoving = false;
  }

  async #run(script: Script, args: readonly Argument[]): Promise<string> {
    const answer = String(await this.#connection.run(script, this.#keys, [this.#token, ...args]));
    if (answer === 'done' || answer === 'more') return answer;
    if (answer === 'fenced') throw new StateFencedError(this.#split);
    if (answer === 'back') {
      throw new RedisStateDamagedError(
        this.#keys.meta,
        'an acknowledged checkpoint is missing (a failover to a replica that did not have it, or a restart without ' +
          'appendonly); the job goes on from the one before when it is restarted',
      );
    }
    throw new RedisStateDamagedError(
      this.#keys.meta,
      answer === 'gone' ? 'it was removed' : 'a part of a checkpoint is missing',
    );
  }
}
