import {
  BATCH_HEADER_SIZE,
  type BatchRecord,
  sizeOfRecords,
  timeRange,
  type TimeRange,
  writeBatchHeader,
  writeRecords,
} from './record-batch.js';

/** Records of one partition in the order in which they are to stand there. */
export interface PartitionBatch {
  readonly partition: number;
  readonly records: readonly BatchRecord[];
}

/** The body of a Produce request, version 3 to 7, as kafkajs gives it to its encoder, without idempotence. */
export interface ProduceRequest {
  readonly acks: number;
  /** Milliseconds the broker may wait for its replicas. */
  readonly timeout: number;
  readonly topics: readonly { readonly topic: string; readonly partitions: readonly PartitionBatch[] }[];
}

/** Makes the compressed form of records; the number goes into the batch's attributes. */
export interface BatchCodec {
  readonly attributes: number;
  readonly compress: (records: Buffer) => Promise<Buffer>;
}

/** A batch of which everything is known but its place. */
interface PlannedBatch extends PartitionBatch, TimeRange {
  /** Bytes of the records, compressed where they are. */
  readonly size: number;
  readonly compressed: Buffer | undefined;
}

/** The request's body in one buffer that is written once: sizes first, then every byte at its place. */
export async function encodeProduceRequest(
  request: ProduceRequest,
  now: number,
  codec: BatchCodec | undefined,
): Promise<Buffer> {
  const topics = [];
  let size = 2 + 2 + 4 + 4; // no transaction, acks, timeout, number of topics
  for (const { topic, partitions } of request.topics) {
    const nameLength = Buffer.byteLength(topic);
    const batches: PlannedBatch[] = [];
    size += 2 + nameLength + 4; // name, number of partitions
    for (const each of partitions) {
      const batch = await plan(each, now, codec);
      batches.push(batch);
      size += 4 + 4 + BATCH_HEADER_SIZE + batch.size; // partition, size of the batch, batch
    }
    topics.push({ topic, nameLength, batches });
  }
  const target = Buffer.allocUnsafe(size);
  target.writeInt16BE(-1, 0);
  target.writeInt16BE(request.acks, 2);
  target.writeInt32BE(request.timeout, 4);
  let at = target.writeInt32BE(topics.length, 8);
  for (const { topic, nameLength, batches } of topics) {
    at = target.writeInt16BE(nameLength, at);
    at += target.write(topic, at, nameLength);
    at = target.writeInt32BE(batches.length, at);
    for (const batch of batches) {
      at = target.writeInt32BE(batch.partition, at);
      at = target.writeInt32BE(BATCH_HEADER_SIZE + batch.size, at);
      at = writeBatch(target, at, batch, now, codec?.attributes ?? 0);
    }
  }
  return target;
}

async function plan(batch: PartitionBatch, now: number, codec: BatchCodec | undefined): Promise<PlannedBatch> {
  const { partition, records } = batch;
  const { first, max } = timeRange(records, now);
  const size = sizeOfRecords(records, now, first);
  if (codec === undefined) return { partition, records, first, max, size, compressed: undefined };
  const plain = Buffer.allocUnsafe(size);
  writeRecords(plain, 0, records, now, first);
  const compressed = await codec.compress(plain);
  return { partition, records, first, max, size: compressed.length, compressed };
}

function writeBatch(target: Buffer, at: number, batch: PlannedBatch, now: number, attributes: number): number {
  const { records, first, max, compressed } = batch;
  const begin = at + BATCH_HEADER_SIZE;
  const end =
    compressed === undefined
      ? writeRecords(target, begin, records, now, first)
      : begin + compressed.copy(target, begin);
  writeBatchHeader(target, at, end, { attributes, count: records.length, first, max });
  return end;
}
