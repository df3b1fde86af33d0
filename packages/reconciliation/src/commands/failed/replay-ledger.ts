import type { ConsumerRecord, ProducerRecord } from '@millrace/core';
import { decodeEvent, field, isObject } from '../../domain/event-text.js';
import { LedgerUnreadableError } from './errors.js';
import type { FailedEvent, Origin } from './failed-event.js';
import type { FailedLog } from './failed-log.js';

/** Name of the topic in which it is written down what of a failed topic was sent back. */
export function ledgerTopic(failedTopic: string): string {
  return `${failedTopic}.replayed`;
}

/**
 * What makes a failed event the one it is: the place of the request that failed, which no other request ever has (sent
 * back, it gets a new place). So two failed records of one failure, as a crash of the job may leave them, are one. The
 * time is part of it: a topic that was made anew begins with offset 0 again.
 */
export function identityOf({ origin, record }: FailedEvent): Origin {
  const { topic, partition, offset, timestamp = null } = record;
  return origin ?? { topic, partition, offset, timestamp };
}

/** Knows what was sent back, by the records of its topic. Holds about 50 bytes for each. */
export class ReplayLedger {
  readonly #topic: string;
  /** topic -> partition -> offset -> timestamp */
  readonly #sent = new Map<string, Map<number, Map<number, number | null>>>();
  /** Of places that were there twice, in topics of the same name, one after the other. */
  readonly #again = new Set<string>();
  readonly #read = new Map<number, number>();

  /** @param topic of the ledger */
  constructor(topic: string) {
    this.#topic = topic;
  }

  /**
   * Reads what has come since the last time.
   *
   * @throws LedgerUnreadableError
   */
  async refresh(log: Pick<FailedLog, 'ranges' | 'read'>): Promise<void> {
    for (const [partition, { earliest, end }] of (await log.ranges(this.#topic)) ?? []) {
      const from = Math.max(earliest, this.#read.get(partition) ?? 0);
      for await (const record of log.read(this.#topic, partition, { earliest: from, end })) {
        for (const place of placesIn(record)) this.#add(place);
      }
      this.#read.set(partition, end);
    }
  }

  has({ topic, partition, offset, timestamp }: Origin): boolean {
    const offsets = this.#sent.get(topic)?.get(partition);
    if (offsets?.has(offset) !== true) return false;
    return offsets.get(offset) === timestamp || this.#again.has(textOf({ topic, partition, offset, timestamp }));
  }

  /** Notes what was just written. */
  addAll(places: readonly Origin[]): void {
    for (const place of places) this.#add(place);
  }

  #add(place: Origin): void {
    const partitions = this.#sent.get(place.topic) ?? new Map<number, Map<number, number | null>>();
    this.#sent.set(place.topic, partitions);
    const offsets = partitions.get(place.partition) ?? new Map<number, number | null>();
    partitions.set(place.partition, offsets);
    if (offsets.has(place.offset)) this.#again.add(textOf(place));
    else offsets.set(place.offset, place.timestamp);
  }
}

/** The ledger's record of a group that is sent back. */
export function ledgerRecord(places: readonly Origin[]): ProducerRecord {
  return { key: null, value: JSON.stringify({ sent: places }) };
}

function placesIn(record: ConsumerRecord): readonly Origin[] {
  const decoded = decodeEvent(record.value);
  const sent = decoded.ok ? field(decoded.event, 'sent') : undefined;
  if (!Array.isArray(sent) || !sent.every(isPlace)) throw new LedgerUnreadableError(record);
  return sent;
}

function isPlace(value: unknown): value is Origin {
  if (!isObject(value)) return false;
  const { topic, partition, offset, timestamp } = value;
  return (
    typeof topic === 'string' &&
    Number.isSafeInteger(partition) &&
    Number.isSafeInteger(offset) &&
    (timestamp === null || typeof timestamp === 'number')
  );
}

function textOf({ topic, partition, offset, timestamp }: Origin): string {
  return JSON.stringify([topic, partition, offset, timestamp]);
}
