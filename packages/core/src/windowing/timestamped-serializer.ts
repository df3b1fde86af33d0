import type { Serializer } from '../state/serializer.js';
import type { TimestampedValue } from './evictor.js';

/** Bytes before the value: the timestamp, not a number where there is none. */
const HEADER = 8;

/** Writes elements that an evictor looks at: their timestamp, then what `serializer` writes of them. */
export function timestampedSerializer<T>(serializer: Serializer<T>): Serializer<TimestampedValue<T>> {
  const read = (bytes: Uint8Array, valueOf: (bytes: Uint8Array) => T): TimestampedValue<T> => {
    const timestamp = new DataView(bytes.buffer, bytes.byteOffset, HEADER).getFloat64(0);
    return { value: valueOf(bytes.subarray(HEADER)), timestamp: Number.isNaN(timestamp) ? undefined : timestamp };
  };
  const migrate = serializer.migrate?.bind(serializer);
  return {
    id: `timestamped ${serializer.id}`,
    version: serializer.version,
    serialize({ value, timestamp }) {
      const written = serializer.serialize(value);
      const bytes = new Uint8Array(HEADER + written.length);
      new DataView(bytes.buffer).setFloat64(0, timestamp ?? NaN);
      bytes.set(written, HEADER);
      return bytes;
    },
    deserialize: (bytes) => read(bytes, (value) => serializer.deserialize(value)),
    ...(migrate === undefined
      ? {}
      : {
          migrate: (bytes: Uint8Array, fromVersion: number) => read(bytes, (value) => migrate(value, fromVersion)),
        }),
  };
}
