import { KeyInvalidError } from '../errors.js';
import { isWellFormed } from './well-formed.js';

/** One column of a key. */
export interface KeyColumn {
  readonly name: string;
  /** Longest allowed text in bytes of UTF-8. */
  readonly maxBytes: number;
}

/** LMDB's own limit for a key with pages of 4 KiB. */
export const MAX_KEY_BYTES = 1978;

const PREFIX_BYTES = 2;

/** Where a column is put together before it becomes a text. No column is longer than a key. */
const scratch = Buffer.allocUnsafe(MAX_KEY_BYTES);

/**
 * Turns texts into one LMDB key whose byte order is the order of the texts' UTF-8 bytes, column by column, as Cassandra
 * orders text columns. Each byte is stored plus one (UTF-8 has no byte above 0xF4) and each column ends in 0x00, so that
 * any text, U+0000 included, costs one byte more than itself and a shorter text stands before its extensions.
 */
export class CompositeKeyCodec {
  readonly #where: string;
  readonly #prefix: number;
  readonly columns: readonly KeyColumn[];

  /**
   * @param where what the key belongs to, for messages
   * @param prefix number below 65536 that all keys of this table begin with
   */
  constructor(where: string, prefix: number, columns: readonly KeyColumn[]) {
    this.#where = where;
    this.#prefix = prefix;
    this.columns = columns;
  }

  /** Longest key that these columns can give, in bytes. */
  static longest(columns: readonly KeyColumn[]): number {
    return PREFIX_BYTES + columns.reduce((sum, column) => sum + column.maxBytes + 1, 0);
  }

  /** @throws KeyInvalidError for a wrong number of columns, a text that is too long or not well-formed */
  encode(values: readonly string[]): Buffer {
    if (values.length !== this.columns.length) {
      throw new KeyInvalidError(
        this.#where,
        `the key has ${String(this.columns.length)} columns, not ${String(values.length)}`,
      );
    }
    return this.#encode(values);
  }

  /** The range of all keys whose first columns are `values`. */
  encodePrefix(values: readonly string[]): { start: Buffer; end: Buffer } {
    if (values.length > this.columns.length) {
      throw new KeyInvalidError(
        this.#where,
        `the key has only ${String(this.columns.length)} columns, not ${String(values.length)}`,
      );
    }
    const start = this.#encode(values);
    // No column begins with 0xFF, so this is behind every key with the prefix.
    return { start, end: Buffer.concat([start, Buffer.from([0xff])]) };
  }

  /** The texts of the key that lies between `start` and `end`. */
  decode(key: Uint8Array, start = 0, end = key.length): string[] {
    const values: string[] = [];
    let length = 0;
    for (let index = start + PREFIX_BYTES; index < end; index += 1) {
      const byte = key[index]!;
      if (byte === 0) {
        values.push(scratch.toString('utf8', 0, length));
        length = 0;
      } else {
        scratch[length++] = byte - 1;
      }
    }
    return values;
  }

  #encode(values: readonly string[]): Buffer {
    let length = PREFIX_BYTES;
    for (let index = 0; index < values.length; index += 1) length += this.#check(values[index]!, index) + 1;
    const key = Buffer.allocUnsafe(length);
    key.writeUInt16BE(this.#prefix, 0);
    let position = PREFIX_BYTES;
    for (const value of values) {
      const end = position + key.write(value, position, 'utf8');
      for (; position < end; position += 1) key[position] = key[position]! + 1;
      key[position++] = 0;
    }
    return key;
  }

  #check(value: string, index: number): number {
    const column = this.columns[index]!;
    if (typeof value !== 'string') throw new KeyInvalidError(this.#where, `${column.name} must be a text`);
    const bytes = Buffer.byteLength(value);
    if (bytes > column.maxBytes) {
      throw new KeyInvalidError(
        this.#where,
        `${column.name} has ${String(bytes)} bytes, at most ${String(column.maxBytes)} are allowed`,
      );
    }
    if (!isWellFormed(value)) throw new KeyInvalidError(this.#where, `${column.name} is no well-formed Unicode`);
    return bytes;
  }
}
