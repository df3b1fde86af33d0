import { ByteReader } from './byte-reader.js';
import { type CodecLookup, decodeRecordBatches, hasOldMessages } from './record-batches.js';

/** What is decoded elsewhere: codecs, and the format from before record batches. */
export interface FetchDecoders {
  readonly codecOf: CodecLookup;
  /** kafkajs's decoder of a partition's records, their length in four bytes before them. */
  readonly decodeOld: (bytes: Buffer) => Promise<readonly unknown[]>;
}

interface FetchedPartition {
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: string;
  readonly lastStableOffset: string;
  readonly lastStartOffset: string;
  readonly abortedTransactions: readonly { readonly producerId: string; readonly firstOffset: string }[];
  readonly preferredReadReplica: number;
  readonly messages: readonly unknown[];
}

/** A decoded response, version 11, with kafkajs's names. */
export interface FetchResponse {
  readonly throttleTime: number;
  readonly clientSideThrottleTime: number;
  readonly errorCode: number;
  readonly sessionId: number;
  readonly responses: readonly { readonly topicName: string; readonly partitions: readonly FetchedPartition[] }[];
}

/** Decodes the body of a Fetch response, version 11, in one pass over its bytes. */
export async function decodeFetchResponse(body: Buffer, decoders: FetchDecoders): Promise<FetchResponse> {
  const reader = new ByteReader(body);
  const clientSideThrottleTime = reader.int32();
  const errorCode = reader.int16();
  const sessionId = reader.int32();
  const responses = [];
  for (let left = reader.int32(); left > 0; left--) {
    const topicName = reader.text();
    const partitions = [];
    for (let more = reader.int32(); more > 0; more--)
      partitions.push(await decodePartition(reader, topicName, decoders));
    responses.push({ topicName, partitions });
  }
  // The broker has not waited; since version 8 the client is to.
  return { throttleTime: 0, clientSideThrottleTime, errorCode, sessionId, responses };
}

async function decodePartition(reader: ByteReader, topic: string, decoders: FetchDecoders): Promise<FetchedPartition> {
  const partition = reader.int32();
  const errorCode = reader.int16();
  const highWatermark = reader.int64Text();
  const lastStableOffset = reader.int64Text();
  const lastStartOffset = reader.int64Text();
  const abortedTransactions = [];
  for (let left = reader.int32(); left > 0; left--) {
    abortedTransactions.push({ producerId: reader.int64Text(), firstOffset: reader.int64Text() });
  }
  const preferredReadReplica = reader.int32();
  const size = reader.int32();
  const begin = reader.at;
  if (size > 0) reader.at += size;
  const bytes = reader.bytes.subarray(begin, reader.at);
  const messages = hasOldMessages(bytes)
    ? await decoders.decodeOld(reader.bytes.subarray(begin - 4, reader.at))
    : await decodeRecordBatches(topic, partition, bytes, decoders.codecOf);
  const offsets = { highWatermark, lastStableOffset, lastStartOffset };
  return { partition, errorCode, ...offsets, abortedTransactions, preferredReadReplica, messages };
}
