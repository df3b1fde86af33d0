import type { createRequire } from 'node:module';
import type { Broker } from 'kafkajs';
import { decodeFetchResponse, type FetchDecoders, type FetchResponse } from './fetch-response.js';
import type { CodecLookup } from './record-batches.js';

/** The version whose brokers can be made to decode with this package's decoder; others are left as they are. */
export const KNOWN_VERSION = '2.2.4';

export interface FetchCure {
  /** Version of kafkajs that was found. */
  readonly version: string;
  /** Whether `decodeFast` does anything. */
  readonly applied: boolean;
  /**
   * Has this one broker object decode its Fetch responses with this package's decoder; gives it back. To be called before
   * each fetch: kafkajs sets the function that is wrapped anew when it connects. The messages are `FetchedRecord`s then.
   */
  decodeFast(broker: Broker): Broker;
}

const FETCH = 1;
/** The version of every broker since 2.3; answers of older ones are kafkajs's to decode. */
const VERSION = 11;

interface Definition {
  readonly request: { readonly apiVersion?: number };
  readonly response: { decode(body: Buffer): Promise<unknown>; parse(decoded: unknown): Promise<unknown> };
}

type Lookup = (apiKey: number, definition: unknown) => (args: object) => Definition;

interface LookingUp {
  lookupRequest?: Lookup;
}

/**
 * kafkajs decodes each record with two objects, a handful of 64-bit numbers as BigInt and as text, and headers copied
 * once for each header: most of the CPU that consuming takes. Only the consumers of this package are touched: the wrapped
 * function belongs to one broker object of one consumer's own cluster.
 */
export function fetchCure(require: ReturnType<typeof createRequire>): FetchCure {
  const { version } = require('kafkajs/package.json') as { version: string };
  if (version !== KNOWN_VERSION) return { version, applied: false, decodeFast: (broker) => broker };
  const { lookupCodecByAttributes } = require('kafkajs/src/protocol/message/compression/index.js') as {
    lookupCodecByAttributes: CodecLookup;
  };
  const Decoder = require('kafkajs/src/protocol/decoder.js') as new (bytes: Buffer) => object;
  const decodeMessages = require('kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js') as (
    decoder: object,
  ) => Promise<readonly unknown[]>;
  const decoders: FetchDecoders = {
    codecOf: lookupCodecByAttributes,
    decodeOld: (bytes) => decodeMessages(new Decoder(bytes)),
  };
  const decode = (body: Buffer): Promise<FetchResponse> => decodeFetchResponse(body, decoders);
  const wrapped = new WeakSet<Lookup>();
  const decodeFast = (broker: Broker): Broker => {
    const target = broker as unknown as LookingUp;
    const lookup = target.lookupRequest;
    if (lookup === undefined || wrapped.has(lookup)) return broker;
    const looking: Lookup = (apiKey, definition) => {
      const define = lookup(apiKey, definition);
      return apiKey === FETCH ? (args) => decodingWith(decode, define(args)) : define;
    };
    wrapped.add(looking);
    target.lookupRequest = looking;
    return broker;
  };
  return { version, applied: true, decodeFast };
}

function decodingWith(decode: (body: Buffer) => Promise<FetchResponse>, definition: Definition): Definition {
  if (definition.request.apiVersion !== VERSION) return definition;
  return { ...definition, response: { ...definition.response, decode } };
}
