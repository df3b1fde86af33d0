import { OperatorFailure } from '../errors.js';
import type { OperatorHost } from '../runtime/operator.js';

/** Wraps what the selector gave, so that no key is mistaken for a failure. */
export interface Keyed<K> {
  readonly key: K;
}

/**
 * The key of an element. A selector that throws or gives no key fails the job attempt, as in Flink: an element without a
 * key belongs nowhere.
 */
export function keyFor<K, T>(host: OperatorHost, keyOf: (value: T) => K, value: T): Keyed<K> | undefined {
  try {
    const key = keyOf(value);
    if (typeof key === 'string' || typeof key === 'number') return { key };
    throw new TypeError(`the key selector gave ${key === null ? 'null' : typeof key}; a key is a string or a number`);
  } catch (error) {
    host.fail(new OperatorFailure(host.context.operator, error));
    return undefined;
  }
}
