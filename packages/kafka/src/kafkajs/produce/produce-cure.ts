import type { createRequire } from 'node:module';
import { BatchMessages, RecordList, toKafkaMessage } from './batch-messages.js';
import { adoptingWriteEncoder, type FramedBody, framedBody, HEADROOM, type KafkaEncoder } from './framed-body.js';
import { type BatchCodec, encodeProduceRequest } from './produce-request.js';

/** The version whose producer takes `BatchMessages`; with any other, records go its own way. */
export const KNOWN_VERSION = '2.2.4';

export interface ProduceCure {
  /** Version of kafkajs that was found. */
  readonly version: string;
  /** Whether producers of this copy of kafkajs take `BatchMessages`. */
  readonly applied: boolean;
}

/** What kafkajs gives to the definition of a Produce request. */
interface ProduceArguments {
  readonly acks: number;
  readonly timeout: number;
  readonly compression?: number;
  readonly transactionalId?: string | null;
  readonly producerId?: bigint | number | string | { readonly value: bigint };
  readonly producerEpoch?: number;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly PartitionData[];
  }[];
}

interface PartitionData {
  readonly partition: number;
  readonly firstSequence?: number;
  readonly messages: unknown;
}

interface RequestDefinition {
  readonly request: { encode(): Promise<unknown> };
}

type ProduceProtocol = (options: { version: number }) => (args: ProduceArguments) => RequestDefinition;

interface PatchedEncoder extends KafkaEncoder {
  writeEncoder: (value: unknown) => unknown;
}

interface CompressionTable {
  readonly lookupCodec: (type: number) => { compress(encoder: { buffer: Buffer }): Promise<Buffer> };
}

/** Versions of the request whose body is the one that we write; older ones have the format before record batches. */
const FIRST_VERSION = 3;
const LAST_VERSION = 7;

const CURED = Symbol.for('millrace.kafkajs.produce-cure');

/**
 * Has kafkajs 2.2.4 encode what comes as `BatchMessages` with this package's encoder: its own makes an encoder of 512
 * bytes for each record, groups messages in quadratic time (kafkajs #1576) and copies each byte eight times: 15 of the 20
 * CPU seconds that a million records of 480 bytes take. Requests with other messages, the ones of an application that
 * uses the same copy of kafkajs, go through kafkajs's encoder as before. Connections, metadata, errors and answers stay
 * kafkajs's. Done at load time, so that it also reaches installations from a registry.
 */
export function cureProducer(require: ReturnType<typeof createRequire>): ProduceCure {
  const { version } = require('kafkajs/package.json') as { version: string };
  if (version !== KNOWN_VERSION) return { version, applied: false };
  const produce = require('kafkajs/src/protocol/requests/produce/index.js') as {
    protocol: ProduceProtocol;
    [CURED]?: true;
  };
  if (produce[CURED]) return { version, applied: true };
  if (!groupsAsKnown(require) || !definesAsKnown(produce.protocol)) return { version, applied: false };
  const encoder = require('kafkajs/src/protocol/encoder.js') as { prototype: PatchedEncoder };
  if (typeof encoder.prototype.writeEncoder !== 'function') return { version, applied: false };
  encoder.prototype.writeEncoder = adoptingWriteEncoder(encoder.prototype.writeEncoder);
  const compression = require('kafkajs/src/protocol/message/compression/index.js') as CompressionTable;
  const published = produce.protocol;
  produce.protocol = ({ version: requestVersion }) => {
    const define = published({ version: requestVersion });
    const isKnown = requestVersion >= FIRST_VERSION && requestVersion <= LAST_VERSION;
    return (args) => {
      if (!isOurs(args)) return define(args);
      if (!isKnown) return define(withMessages(args));
      const definition = define(args);
      return { ...definition, request: { ...definition.request, encode: () => encode(args, compression) } };
    };
  };
  produce[CURED] = true;
  return { version, applied: true };
}

/** Whether kafkajs passes our lists on as they are. */
function groupsAsKnown(require: ReturnType<typeof createRequire>): boolean {
  const group = require('kafkajs/src/producer/groupMessagesPerPartition.js') as (options: object) => unknown;
  const messages = new BatchMessages([]);
  const partitioner = (): number => 0;
  return group({ topic: 'probe', partitionMetadata: [{}], messages, partitioner }) === messages.reduce();
}

/** Whether a request's definition has the parts that are used. */
function definesAsKnown(protocol: unknown): boolean {
  if (typeof protocol !== 'function') return false;
  const define = (protocol as (options: { version: number }) => unknown)({ version: LAST_VERSION });
  if (typeof define !== 'function') return false;
  const definition = (define as (args: ProduceArguments) => unknown)({ acks: -1, timeout: 0, topicData: [] });
  const { request } = definition as { request?: Record<string, unknown> };
  return request?.apiName === 'Produce' && request.apiVersion === LAST_VERSION && typeof request.encode === 'function';
}

function isOurs({ topicData }: ProduceArguments): boolean {
  return topicData[0]?.partitions[0]?.messages instanceof RecordList;
}

async function encode(args: ProduceArguments, compression: CompressionTable): Promise<FramedBody> {
  const { acks, timeout, transactionalId = null, producerId = -1, producerEpoch = 0, topicData } = args;
  const body = await encodeProduceRequest(
    {
      transactionalId,
      acks,
      timeout,
      producerId: typeof producerId === 'object' ? producerId.value : BigInt(producerId),
      producerEpoch,
      topics: topicData.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition, messages, firstSequence = 0 }) => ({
          partition,
          records: (messages as RecordList).records,
          firstSequence,
        })),
      })),
    },
    Date.now(),
    codecOf(args.compression ?? 0, compression),
    HEADROOM,
  );
  return framedBody(body);
}

function codecOf(type: number, { lookupCodec }: CompressionTable): BatchCodec | undefined {
  if (type === 0) return undefined;
  return { attributes: type, compress: (buffer) => lookupCodec(type).compress({ buffer }) };
}

/** For a broker from before record batches: what kafkajs's own encoder takes. */
function withMessages(args: ProduceArguments): ProduceArguments {
  return {
    ...args,
    topicData: args.topicData.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map((each) => ({
        ...each,
        messages: (each.messages as RecordList).records.map(toKafkaMessage),
      })),
    })),
  };
}
