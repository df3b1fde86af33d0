import { withDirectForm } from './direct-form.js';
import { structuredCloneSerializer } from './structured-clone-serializer.js';

/**
 * How the values of a state become bytes in a checkpoint. `id` and `version` are written with the state; a later start
 * compares them: another id does not fit, another version does where `migrate` can read it.
 */
export interface Serializer<T> {
  /** Names the format; a state whose stored id differs fails the start. */
  readonly id: string;
  /** Whole number from 1; raise it when what `serialize` writes changes. */
  readonly version: number;
  serialize(value: T): Uint8Array;
  /** Reads what `serialize` of this version wrote. */
  deserialize(bytes: Uint8Array): T;
  /** Reads what an earlier version wrote. Entries are migrated when they are read, and written in the new version. */
  migrate?(bytes: Uint8Array, fromVersion: number): T;
}

const json = withDirectForm<unknown>(
  {
    id: 'json',
    version: 1,
    serialize: (value) => Buffer.from(JSON.stringify(value), 'utf8'),
    deserialize: (bytes) => JSON.parse(view(bytes).toString('utf8')) as unknown,
  },
  (value, into) => {
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) return false;
    into.text(text);
    return true;
  },
);

const string: Serializer<string> = {
  id: 'string',
  version: 1,
  // UTF-8 would lose halves of surrogate pairs.
  serialize: (value) => Buffer.from(value, 'utf16le'),
  deserialize: (bytes) => view(bytes).toString('utf16le'),
};

const number = withDirectForm<number>(
  {
    id: 'number',
    version: 1,
    serialize: (value) => {
      const bytes = Buffer.allocUnsafeSlow(8);
      bytes.writeDoubleBE(value);
      return bytes;
    },
    deserialize: (bytes) => view(bytes).readDoubleBE(),
  },
  (value, into) => {
    into.float64(value);
    return true;
  },
);

/** The serializers that come with Millrace. */
export const Serializers = {
  /**
   * The default: what structured cloning can copy (plain objects, arrays, Map, Set, Date, bytes, bigint, cycles). A
   * function, or an object of a class of one's own, is refused or loses its class.
   */
  structuredClone: <T>(): Serializer<T> => structuredCloneSerializer as Serializer<T>,
  /** What JSON can say, readable by anything. What it cannot say (undefined, NaN, Date, Map) is lost silently. */
  json: <T>(): Serializer<T> => json as Serializer<T>,
  /** Text, losslessly, half surrogate pairs included. */
  string: (): Serializer<string> => string,
  /** One IEEE 754 number in 8 bytes. */
  number: (): Serializer<number> => number,
} as const;

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
