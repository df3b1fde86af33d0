/** Header values as Kafka has them: bytes or text, one or several per name. */
export type HeaderValue = Uint8Array | string;
/** Headers by name; a name that came several times has an array, in order. */
export type RecordHeaders = Readonly<Record<string, HeaderValue | readonly HeaderValue[] | undefined>>;

/**
 * A record as read from a partitioned log (Kafka or the embedded one). Bytes are not decoded here: what cannot be
 * decoded is the job's business, not the connector's.
 */
export interface ConsumerRecord {
  readonly topic: string;
  readonly partition: number;
  /** Position in the partition; a whole number below 2^53. */
  readonly offset: number;
  /** Milliseconds since 1970 UTC; undefined where the log has none. */
  readonly timestamp: number | undefined;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: RecordHeaders;
}

/** What a record holds in memory besides its objects: the bytes of key, value and headers. */
export function recordBytes({ key, value, headers }: ConsumerRecord): number {
  let bytes = (key?.length ?? 0) + (value?.length ?? 0);
  for (const name in headers) {
    const header = headers[name];
    bytes += name.length;
    if (typeof header === 'string' || header instanceof Uint8Array) bytes += header.length;
    else for (const each of header ?? []) bytes += each.length;
  }
  return bytes;
}

/**
 * A record to be written to a partitioned log. Give a `key` (records of one key keep their order) or a `partition`;
 * with neither the sink chooses the partition itself, before the client sees the record.
 */
export interface ProducerRecord {
  readonly key: Uint8Array | string | null;
  readonly value: Uint8Array | string | null;
  readonly headers?: RecordHeaders;
  readonly partition?: number;
  /** Milliseconds since 1970 UTC; the time of sending where absent. */
  readonly timestamp?: number;
}
