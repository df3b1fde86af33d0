import { join } from 'node:path';
import { CassandraSession } from '@millrace/cassandra';
import { KafkaConnection } from '@millrace/kafka';
import { uniqueName } from '@millrace/testing';
import { REDIS_DATABASE } from '../../support/world.js';
import { Finding } from './finding.js';
import { checkProcesses } from './check-processes.js';
import { JobProcess } from './job-process.js';
import type { ProcessOptions } from './job-process.js';
import type { Report, Row } from './row.js';
import { SHARED_KEYSPACE } from './services.js';
import { isCommitted } from './topics.js';
import { until } from './until.js';

const KEYS = Array.from({ length: 12 }, (_, n) => `key ${String(n)}`);
/** Of each key, at every feeding. */
const EACH = 30;
const SCRIPT = join('test', 'integrity', 'jobs', 'counting.mjs');
const LIMIT_MS = 180_000;

/**
 * A job with state on Redis, from Kafka to Kafka and Cassandra: what the reconciliation job does not have. It numbers
 * the records of each key; a record that counts twice or never makes a number wrong.
 */
export class CountingScene {
  readonly #kafka: KafkaConnection;
  readonly #session: CassandraSession;
  readonly #input = uniqueName('counting-in');
  readonly #output = uniqueName('counting-out');
  readonly #table = `${SHARED_KEYSPACE}.counts_${Date.now().toString(36)}`;
  readonly #job: string;
  readonly #processes: JobProcess[] = [];
  #fed = 0;

  private constructor({ services }: Row) {
    const { kafka, cassandra, redis } = services;
    this.#kafka = new KafkaConnection({ brokers: [...kafka.addresses] });
    this.#session = new CassandraSession({ hosts: [cassandra.host], port: cassandra.port });
    this.#job = JSON.stringify({
      brokers: kafka.addresses,
      input: this.#input,
      output: this.#output,
      table: this.#table,
      cassandra: { host: cassandra.host, port: cassandra.port },
      redis: { host: redis.host, port: redis.port, db: REDIS_DATABASE },
    });
  }

  static async open(row: Row): Promise<CountingScene> {
    const scene = new CountingScene(row);
    row.onEnd(() => scene.#dispose());
    await scene.#session.connect({ timeoutMs: 60_000 });
    await scene.#session.execute(`CREATE TABLE ${scene.#table} (key text PRIMARY KEY, count int)`);
    await scene.#kafka.createTopics([scene.#input, scene.#output].map((topic) => ({ topic, partitions: 2 })));
    return scene;
  }

  start(process: ProcessOptions = {}): JobProcess {
    const started = new JobProcess([this.#job], 0, { ...process, script: SCRIPT });
    this.#processes.push(started);
    return started;
  }

  async feed(): Promise<void> {
    const records = Array.from({ length: KEYS.length * EACH }, (_, n) => ({
      key: KEYS[n % KEYS.length]!,
      value: String(this.#fed + n),
    }));
    this.#fed += records.length;
    await this.#kafka.append(this.#input, records);
  }

  async until(what: string, limitMs: number, condition: () => Promise<boolean> | boolean): Promise<void> {
    await until(what, limitMs, condition, () => this.#processes.at(-1)?.stderr.slice(-1_500) ?? '');
  }

  /** Waits until the one that runs has committed everything, stops it, and compares the numbers with what was fed. */
  async checkEverything(allow: readonly RegExp[]): Promise<Report> {
    await this.until('everything is committed', LIMIT_MS, () => isCommitted(this.#kafka, this.#input));
    for (const process of this.#processes) if (process.isRunning) await process.stop();
    const { problems, memoryMiB } = checkProcesses(this.#processes, { allow });
    const fed = await this.#fedByKey();
    const { wrong, duplicates } = await this.#compareTopic(fed.counts);
    const rows = await this.#session.all(`SELECT key, count FROM ${this.#table}`);
    const table = new Map(rows.map((row) => [row['key'], row['count']]));
    const inTable = [...fed.counts].filter(([key, count]) => table.get(key) !== count);
    const found = [
      ...fed.missing,
      ...wrong,
      ...inTable.map(([key, count]) => `${key}: ${String(table.get(key))} in the table, not ${String(count)}`),
      ...problems,
    ];
    if (found.length > 0) throw new Finding(`counting job:\n${found.slice(0, 20).join('\n')}`);
    const note = fed.twice === 0 ? undefined : `${String(fed.twice)} records were fed to the counting job twice`;
    return { records: fed.records, lost: 0, wrong: 0, duplicates, memoryMiB, note };
  }

  /**
   * What the job has to count is what the topic holds: a feed whose acknowledgement was lost is there twice, and counts
   * twice. Every record has a number of its own, so that this is told from one that is missing.
   */
  async #fedByKey(): Promise<{
    readonly counts: ReadonlyMap<string, number>;
    readonly missing: readonly string[];
    readonly records: number;
    readonly twice: number;
  }> {
    const counts = new Map(KEYS.map((key) => [key, 0]));
    const seen = new Set<string>();
    let records = 0;
    for await (const { key, value } of this.#kafka.readTopic(this.#input)) {
      const name = textOf(key);
      counts.set(name, (counts.get(name) ?? 0) + 1);
      seen.add(textOf(value));
      records += 1;
    }
    const missing = Array.from({ length: this.#fed }, (_, n) => String(n)).filter((number) => !seen.has(number));
    return {
      counts,
      missing: missing.map((number) => `record ${number} was fed and is not in the topic`),
      records,
      twice: records - seen.size,
    };
  }

  /** Each number follows the one before, or was sent before: a higher one has left out a record, or counted it twice. */
  async #compareTopic(
    fed: ReadonlyMap<string, number>,
  ): Promise<{ readonly wrong: readonly string[]; readonly duplicates: number }> {
    const highest = new Map([...fed.keys()].map((key) => [key, 0]));
    const wrong: string[] = [];
    let duplicates = 0;
    for await (const { key, value } of this.#kafka.readTopic(this.#output)) {
      const [name, count] = [textOf(key), Number(textOf(value))];
      const before = highest.get(name) ?? 0;
      if (count > before + 1) wrong.push(`${name}: ${String(count)} was sent after ${String(before)}`);
      if (count <= before) duplicates += 1;
      highest.set(name, Math.max(before, count));
    }
    for (const [key, count] of highest) {
      const expected = fed.get(key) ?? 0;
      if (count !== expected) wrong.push(`${key}: counted to ${String(count)}, not to ${String(expected)}`);
    }
    return { wrong, duplicates };
  }

  async #dispose(): Promise<void> {
    for (const process of this.#processes) if (process.isRunning) await process.kill();
    await this.#session.execute(`DROP TABLE IF EXISTS ${this.#table}`).catch(() => undefined);
    await this.#session.close();
    await this.#kafka.close();
  }
}

function textOf(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString('utf8');
}
