const KEY_BYTES = 14;
const TWO_32 = 2 ** 32;

/** Key of a stored batch: topic, partition, offset of its first record; in this order. */
export function batchKey(topicId: number, partition: number, offset: number): Buffer {
  const key = Buffer.allocUnsafe(KEY_BYTES);
  key.writeUInt16BE(topicId, 0);
  key.writeUInt32BE(partition, 2);
  key.writeUInt32BE(Math.floor(offset / TWO_32), 6);
  key.writeUInt32BE(offset % TWO_32, 10);
  return key;
}

/** Offset of the first record of the batch under this key. */
export function baseOffsetOf(key: Uint8Array): number {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  return bytes.readUInt32BE(6) * TWO_32 + bytes.readUInt32BE(10);
}
