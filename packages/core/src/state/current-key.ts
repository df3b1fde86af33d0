import { MillraceError } from '../errors.js';
import { MAX_KEY_CHARS, MAX_MEMBER_CHARS } from './state-key.js';
import type { Key } from './state-key.js';

/** The key and namespace that the states of one operator copy mean at the moment. */
export class CurrentKey {
  key: Key | undefined = undefined;
  namespace = '';

  /** Called where a key is met for the first time: what is too long would fail a checkpoint later. */
  check(state: string): Key {
    const { key, namespace } = this;
    if (key === undefined) {
      throw new MillraceError(
        'ERR_STATE_OUTSIDE_CALL',
        `state ${state} was used outside processElement: there is no key whose state it could be`,
      );
    }
    checkLength(state, 'key', key, MAX_KEY_CHARS);
    checkLength(state, 'namespace', namespace, MAX_MEMBER_CHARS);
    return key;
  }
}

/** @throws MillraceError for text that a backend may be unable to keep as a part of an entry's key */
export function checkLength(state: string, what: string, key: Key, max: number): void {
  if (typeof key === 'number' || key.length <= max) return;
  throw new MillraceError(
    'ERR_STATE_KEY_TOO_LONG',
    `state ${state}: a ${what} of ${String(key.length)} chars (${JSON.stringify(key.slice(0, 40))}...); at most ` +
      `${String(max)} are possible, use a hash of it`,
  );
}
