import {
  BATCH_HEADER_SIZE,
  type BatchRecord,
  sizeOfRecords,
  timeRange,
  type TimeRange,
  writeBatchHeader,
  writeRecords,
} from './record-batch.js';

/** Attribute of batches that belong to a transaction. */
const TRANSACTIONAL = 0x10;

/** Records of one partition in the order in which they are to stand there. */
export interface PartitionBatch {
  readonly partition: number;
  readonly records: readonly BatchRecord[];
  /** Of an idempotent producer; 0 otherwise. */
  readonly firstSequence: number;
}

/** The body of a Produce request, version 3 to 7. */
export interface ProduceRequest {
  readonly transactionalId: string | null;
  /** -1: not idempotent. */
  readonly producerId: bigint;
  readonly producerEpoch: number;
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

/**
 * The request's body in one buffer that is written once: sizes first, then every byte at its place.
 *
 * @param now milliseconds since 1970, for records without a time of their own
 * @param headroom bytes to leave before the body
 */
export async function encodeProduceRequest(
  request: ProduceRequest,
  now: number,
  codec: BatchCodec | undefined,
  headroom = 0,
): Promise<Buffer> {
  const { transactionalId } = request;
  const topics = [];
  let size = sizeOfString(transactionalId) + 2 + 4 + 4; // acks, timeout, number of topics
  for (const { topic, partitions } of request.topics) {
    const batches: PlannedBatch[] = [];
    size += sizeOfString(topic) + 4; // number of partitions
    for (const each of partitions) {
      const batch = await plan(each, now, codec);
      batches.push(batch);
      size += 4 + 4 + BATCH_HEADER_SIZE + batch.size; // partition, size of the batch, batch
    }
    topics.push({ topic, batches });
  }
  const target = Buffer.allocUnsafe(headroom + size);
  let at = writeString(target, headroom, transactionalId);
  at = target.writeInt16BE(request.acks, at);
  at = target.writeInt32BE(request.timeout, at);
  at = target.writeInt32BE(topics.length, at);
  for (const { topic, batches } of topics) {
    at = writeString(target, at, topic);
    at = target.writeInt32BE(batches.length, at);
    for (const batch of batches) {
      at = target.writeInt32BE(batch.partition, at);
      at = target.writeInt32BE(BATCH_HEADER_SIZE + batch.size, at);
      const attributes = (codec?.attributes ?? 0) | (transactionalId === null ? 0 : TRANSACTIONAL);
      at = writeBatch(target, at, batch, now, attributes, request);
    }
  }
  return target;
}

async function plan(batch: PartitionBatch, now: number, codec: BatchCodec | undefined): Promise<PlannedBatch> {
  const { records } = batch;
  const { first, max } = timeRange(records, now);
  const size = sizeOfRecords(records, now, first);
  const { partition, firstSequence } = batch;
  if (codec === undefined) return { partition, records, firstSequence, first, max, size, compressed: undefined };
  const plain = Buffer.allocUnsafe(size);
  writeRecords(plain, 0, records, now, first);
  const compressed = await codec.compress(plain);
  return { partition, records, firstSequence, first, max, size: compressed.length, compressed };
}

function writeBatch(
  target: Buffer,
  at: number,
  batch: PlannedBatch,
  now: number,
  attributes: number,
  { producerId, producerEpoch }: ProduceRequest,
): number {
  const { records, first, max, compressed, firstSequence } = batch;
  const begin = at + BATCH_HEADER_SIZE;
  const end =
    compressed === undefined
      ? writeRecords(target, begin, records, now, first)
      : begin + compressed.copy(target, begin);
  const producer = { producerId, producerEpoch, firstSequence };
  writeBatchHeader(target, at, end, { attributes, count: records.length, first, max, ...producer });
  return end;
}

/** Text with its length in two bytes before it; -1 stands for null. */
function sizeOfString(text: string | null): number {
  return 2 + (text === null ? 0 : Buffer.byteLength(text));
}

function writeString(target: Buffer, at: number, text: string | null): number {
  if (text === null) return target.writeInt16BE(-1, at);
  const begin = at + 2;
  const length = target.write(text, begin);
  target.writeInt16BE(length, at);
  return begin + length;
}
