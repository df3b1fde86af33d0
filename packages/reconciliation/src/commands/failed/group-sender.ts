import { recordBytes } from '@millrace/core';
import type { ProducerRecord } from '@millrace/core';
import { RecordRefusedError, ReplayStuckError, ReplayTakenOverError } from './errors.js';
import type { FailedEvent } from './failed-event.js';
import type { FailedLog, ReplayTopics, ReplayWriter, TopicRecord } from './failed-log.js';
import type { Pace } from '../pace.js';
import { identityOf, ledgerRecord } from './replay-ledger.js';
import type { ReplayLedger } from './replay-ledger.js';

/** Of a transaction: a topic takes about 1 MB at once by default. */
const GROUP_BYTES = 400_000;
/** Failures of one group in a row. */
const ATTEMPTS = 5;

export interface SendOptions {
  readonly topics: ReplayTopics;
  /** Failed events of a transaction at most. */
  readonly groupSize: number;
  readonly pace: Pace;
  /** Called for an event that the input topic does not take. */
  onLeft(event: FailedEvent, reason: 'tooLarge'): void;
  /** Called when events were sent, with their number so far. */
  onSent(sent: number): void;
}

/** Sends events in groups; what is in the ledger and what is in the input topic is the same at every moment. */
export class GroupSender {
  readonly #log: FailedLog;
  readonly #writer: ReplayWriter;
  readonly #ledger: ReplayLedger;
  readonly #options: SendOptions;
  #group: FailedEvent[] = [];
  #bytes = 0;
  #sent = 0;

  private constructor(log: FailedLog, writer: ReplayWriter, ledger: ReplayLedger, options: SendOptions) {
    this.#log = log;
    this.#writer = writer;
    this.#ledger = ledger;
    this.#options = options;
  }

  /** From here on nobody else writes, and `ledger` knows everything that was sent. */
  static async open(log: FailedLog, ledger: ReplayLedger, options: SendOptions): Promise<GroupSender> {
    const sender = new GroupSender(log, await log.openWriter(options.topics), ledger, options);
    try {
      await sender.#takeOver();
      return sender;
    } catch (error) {
      await sender.close();
      throw error;
    }
  }

  /** Events that were sent. */
  get sent(): number {
    return this.#sent;
  }

  /** Takes an event that is not in the ledger; sends when there is a group of them. */
  async add(event: FailedEvent): Promise<void> {
    const bytes = recordBytes(event.record);
    if (this.#group.length >= this.#options.groupSize || this.#bytes + bytes > GROUP_BYTES) await this.flush();
    this.#group.push(event);
    this.#bytes += bytes;
  }

  /** Sends what waits. */
  async flush(): Promise<void> {
    const group = this.#group;
    this.#group = [];
    this.#bytes = 0;
    if (group.length > 0) await this.#send(group);
  }

  async close(): Promise<void> {
    await this.#writer.close();
  }

  async #send(events: readonly FailedEvent[]): Promise<void> {
    let left = events;
    for (let attempt = 1; left.length > 0; attempt += 1) {
      await this.#options.pace.take(left.length);
      try {
        await this.#writer.write(this.#records(left));
        this.#ledger.addAll(left.map(identityOf));
        this.#count(left.length);
        return;
      } catch (error) {
        if (error instanceof ReplayTakenOverError) throw error;
        await this.#takeOver();
        if (error instanceof RecordRefusedError) {
          await this.#sendHalves(left);
          return;
        }
        if (attempt === ATTEMPTS) throw new ReplayStuckError(this.#options.topics.input, error);
        const rest = left.filter((event) => !this.#ledger.has(identityOf(event)));
        this.#count(left.length - rest.length);
        left = rest;
      }
    }
  }

  /** One of them is refused, maybe: it is found by halving. */
  async #sendHalves(events: readonly FailedEvent[]): Promise<void> {
    const [only] = events;
    if (only !== undefined && events.length === 1) {
      this.#options.onLeft(only, 'tooLarge');
      return;
    }
    const middle = events.length >> 1;
    await this.#send(events.slice(0, middle));
    await this.#send(events.slice(middle));
  }

  async #takeOver(): Promise<void> {
    await this.#writer.takeOver();
    await this.#ledger.refresh(this.#log);
  }

  #records(events: readonly FailedEvent[]): readonly TopicRecord[] {
    const { input, ledger } = this.#options.topics;
    return [
      ...events.map((event) => ({ topic: input, record: sentBack(event) })),
      { topic: ledger, record: ledgerRecord(events.map(identityOf)) },
    ];
  }

  #count(sent: number): void {
    this.#sent += sent;
    if (sent > 0) this.#options.onSent(this.#sent);
  }
}

/** Stamped with the time of sending: under its old time the input topic's retention could delete it at once. */
function sentBack({ record: { topic, partition, offset, key, value } }: FailedEvent): ProducerRecord {
  return { key, value, headers: { 'millrace.replay.of': `${topic}/${String(partition)}/${String(offset)}` } };
}
