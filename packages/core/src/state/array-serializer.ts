import type { Serializer } from './serializer.js';

/** Bytes before each element: how many follow. */
const LENGTH = 4;

/** Writes several elements as one value, each as `serializer` writes it. */
export function arraySerializer<T>(serializer: Serializer<T>): Serializer<readonly T[]> {
  const migrate = serializer.migrate?.bind(serializer);
  return {
    id: `array of ${serializer.id}`,
    version: serializer.version,
    serialize(values) {
      const written = values.map((value) => serializer.serialize(value));
      const bytes = new Uint8Array(written.reduce((sum, { length }) => sum + LENGTH + length, 0));
      const view = new DataView(bytes.buffer);
      let at = 0;
      for (const each of written) {
        view.setUint32(at, each.length);
        bytes.set(each, at + LENGTH);
        at += LENGTH + each.length;
      }
      return bytes;
    },
    deserialize: (bytes) => parts(bytes).map((part) => serializer.deserialize(part)),
    ...(migrate === undefined
      ? {}
      : {
          migrate: (bytes: Uint8Array, fromVersion: number) => parts(bytes).map((part) => migrate(part, fromVersion)),
        }),
  };
}

function parts(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + LENGTH + view.getUint32(at);
    found.push(bytes.subarray(at + LENGTH, end));
    at = end;
  }
  return found;
}
