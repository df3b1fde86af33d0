import type { Admin, Kafka } from 'kafkajs';
import type { Clock } from '@millrace/core';
import { refusal } from './refusal.js';
import { retryTransient } from './transient.js';

/**
 * One admin client, connected when it is first used. After a failure it is thrown away and the next call gets a new one:
 * a client that has lived through an outage may have lost all brokers that it knew.
 */
export class AdminSession {
  readonly #client: Kafka;
  readonly #address: string;
  readonly #clock: Clock;
  #admin: Promise<Admin> | undefined;

  constructor(client: Kafka, address: string, clock: Clock) {
    this.#client = client;
    this.#address = address;
    this.#clock = clock;
  }

  /**
   * @throws {KafkaAccessError} where credentials or permissions were refused; {KafkaTlsError} where TLS cannot work
   * @throws what `work` throws
   */
  use<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    return retryTransient(this.#clock, () => this.useOnce(work));
  }

  /** Without tries of its own, for who has a deadline. @throws as `use` */
  async useOnce<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const current = (this.#admin ??= this.#connect());
    try {
      return await work(await current);
    } catch (error) {
      if (this.#admin === current) this.#admin = undefined;
      void current.then((admin) => admin.disconnect()).catch(() => undefined);
      throw refusal(this.#address, error) ?? error;
    }
  }

  async close(): Promise<void> {
    const current = this.#admin;
    this.#admin = undefined;
    await current?.then((admin) => admin.disconnect()).catch(() => undefined);
  }

  async #connect(): Promise<Admin> {
    const admin = this.#client.admin();
    await admin.connect();
    return admin;
  }
}
