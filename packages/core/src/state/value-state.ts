/**
 * Names one value that an operator keeps for each key. The name is unique in its operator; state is kept under the
 * operator's uid and this name, so that changing either begins anew.
 *
 * @see Flink, "Working with State"
 */
export class ValueStateDescriptor<T> {
  readonly name: string;
  /** Carries the value's type for the compiler; never set. */
  declare readonly _type?: T;

  constructor(name: string) {
    if (name === '') throw new TypeError('a ValueStateDescriptor needs a non-empty name');
    this.name = name;
  }
}

/**
 * One value for each key; the calls mean the key of the element in hand. Valid while an element is processed.
 *
 * Values are copied when a checkpoint is taken, by structured cloning: plain objects, arrays, Map, Set, Date, bytes. A
 * function or an instance of a class of one's own makes the checkpoint fail. What `value()` returns is the kept value
 * itself, not a copy: call `update` after changing it, other backends do not notice otherwise.
 */
export interface ValueState<T> {
  /** The key's value, undefined where none was set. */
  value(): T | undefined;
  /** Sets the key's value; `undefined` clears it. */
  update(value: T | undefined): void;
  /** Forgets the key's value; a key without values takes no memory. */
  clear(): void;
}
