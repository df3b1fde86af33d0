import { directFormOf } from './direct-form.js';
import type { DirectForm } from './direct-form.js';
import type { Serializer } from './serializer.js';
import { ValueWriter } from './value-writer.js';

const VERSION_BYTES = 2;
const TIME_BYTES = 8;

/** One for all: a value is written in one go. */
const writer = new ValueWriter();

/**
 * Bytes of one value in a checkpoint: 2 bytes version of the serializer, 8 bytes time of the last change where the state
 * has a time to live, then what the serializer wrote. The version stands with each value, so that a state is migrated
 * as it is read, not as a whole.
 */
export class StateCodec<T> {
  readonly #serializer: Serializer<T>;
  readonly #isTimed: boolean;
  readonly #headerBytes: number;
  readonly #direct: DirectForm<T> | undefined;

  constructor(serializer: Serializer<T>, isTimed: boolean) {
    this.#serializer = serializer;
    this.#isTimed = isTimed;
    this.#headerBytes = VERSION_BYTES + (isTimed ? TIME_BYTES : 0);
    this.#direct = directFormOf(serializer);
  }

  /** The bytes are never written again; they share memory with others, a copy is what to keep. */
  encode(value: T, changedAt: number): Uint8Array {
    // Of a value whose serializer threw.
    writer.undo();
    if (this.#direct !== undefined) {
      this.#header(changedAt);
      if (this.#direct(value, writer)) return writer.take();
      writer.undo();
    }
    const body = this.#serializer.serialize(value);
    this.#header(changedAt);
    writer.bytes(body);
    return writer.take();
  }

  /** @throws what the serializer throws, and where it cannot read the value's version */
  decode(bytes: Uint8Array): T {
    const version = versionOf(bytes);
    const body = bytes.subarray(this.#headerBytes);
    if (version === this.#serializer.version) return this.#serializer.deserialize(body);
    if (this.#serializer.migrate === undefined) {
      throw new Error(`the serializer ${this.#serializer.id} cannot read its version ${String(version)}`);
    }
    return this.#serializer.migrate(body, version);
  }

  changedAt(bytes: Uint8Array): number {
    return this.#isTimed ? new DataView(bytes.buffer, bytes.byteOffset).getFloat64(VERSION_BYTES) : 0;
  }

  #header(changedAt: number): void {
    writer.uint16(this.#serializer.version);
    if (this.#isTimed) writer.float64(changedAt);
  }
}

/** The version of the serializer that wrote a value. */
export function versionOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint16(0);
}

/** What the serializer wrote, without what stands before it. */
export function bodyOf(bytes: Uint8Array, isTimed: boolean): Uint8Array {
  return bytes.subarray(VERSION_BYTES + (isTimed ? TIME_BYTES : 0));
}
