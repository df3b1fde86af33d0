// Keyspace, topics and data of the benchmark on real services, and what a run must find and leave.
import { createReadStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CassandraSession } from '@millrace/cassandra';
import { KafkaConnection } from '@millrace/kafka';
import { uniqueName } from '@millrace/testing';
import { millrace } from '../support/millrace.mjs';
import { writeEnrolments, writeRequests, writeWorld } from './dataset.mjs';

const schemaFile = new URL('../../packages/reconciliation/fixtures/sunbird_courses.cql', import.meta.url);
const REDIS_DATABASE = 9;

export class Environment {
  #runs = 0;
  #inputs = new Map();

  /** @param services started services; @param folder for files */
  constructor(services, folder) {
    this.services = services;
    this.folder = folder;
    this.name = uniqueName('bench')
      .toLowerCase()
      .replaceAll(/[^a-z0-9]/g, '_');
    const { cassandra, kafka } = services;
    this.session = new CassandraSession({ hosts: [cassandra.host], port: cassandra.port });
    this.kafka = new KafkaConnection({ brokers: kafka.addresses });
  }

  /** Makes the tables and loads what no run changes. */
  async prepare(requests) {
    await this.session.connect({ timeoutMs: 60_000 });
    const schema = readFileSync(schemaFile, 'utf8')
      .replaceAll(/^--.*$/gm, '')
      .replaceAll('sunbird_courses', this.name);
    for (const statement of schema.split(';')) {
      if (statement.trim() !== '') await this.session.execute(statement.trim());
    }
    const world = join(this.folder, 'world');
    writeWorld(world, requests);
    await millrace(['load', 'reconciliation', '--dataset', world, ...this.flags(this.#names('load'))]);
  }

  /** The input topic with this many requests. @param partitions of the topic */
  inputTopic(requests, partitions = 1) {
    const topic = `${this.name}.requests.${requests}.${partitions}`;
    const made = this.#inputs.get(topic) ?? this.#makeInput(topic, requests, partitions);
    this.#inputs.set(topic, made);
    return made;
  }

  async #makeInput(topic, requests, partitions) {
    const folder = join(this.folder, topic);
    writeRequests(folder, requests);
    const names = { ...this.#names('load'), input: topic };
    await millrace([
      ...['load', 'reconciliation', '--dataset', folder, '--partitions', String(partitions)],
      ...this.flags(names),
    ]);
    rmSync(folder, { recursive: true });
    return topic;
  }

  /** Rows as before any run, output topics and a group that nobody used yet. */
  async freshRun(input, requests) {
    this.#runs += 1;
    const names = { ...this.#names(`run${this.#runs}`), input };
    for (const table of ['user_enrolments', 'user_activity_agg']) {
      await this.session.execute(`TRUNCATE ${this.name}.${table}`);
    }
    const folder = join(this.folder, `enrolments-${requests}`);
    writeEnrolments(folder, requests);
    await millrace(['load', 'reconciliation', '--dataset', folder, ...this.flags(names)]);
    const topics = [names.certificates, names.audit, names.failed];
    await this.kafka.createTopics(topics.map((topic) => ({ topic, partitions: 1 })));
    return names;
  }

  #names(run) {
    return {
      input: `${this.name}.requests`,
      groupId: `${this.name}-${run}`,
      certificates: `${this.name}.certificates.${run}`,
      audit: `${this.name}.audit.${run}`,
      failed: `${this.name}.failed.${run}`,
    };
  }

  /** Options of the command line for a run. */
  flags(names) {
    const { kafka, cassandra, redis } = this.services;
    const set = {
      'kafka.broker-servers': kafka.addresses.join(','),
      'kafka.input.topic': names.input,
      'kafka.groupId': names.groupId,
      'kafka.certissue.topic': names.certificates,
      'kafka.audit.topic': names.audit,
      'kafka.output.failed.topic': names.failed,
      'lms-cassandra.host': cassandra.host,
      'lms-cassandra.port': cassandra.port,
      'lms-cassandra.keyspace': this.name,
      'redis.host': redis.host,
      'redis.port': redis.port,
      'redis.database.relationCache.id': REDIS_DATABASE,
      'service.search.basePath': 'http://127.0.0.1:9',
    };
    return Object.entries(set).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  }

  /** Settings of the floor for a run. */
  settings(names, more) {
    const { kafka, cassandra, redis } = this.services;
    return {
      kafka: { addresses: kafka.addresses },
      cassandra: { host: cassandra.host, port: cassandra.port },
      redis: { host: redis.host, port: redis.port, db: REDIS_DATABASE },
      keyspace: this.name,
      groupId: names.groupId,
      topics: { input: names.input, certificates: names.certificates, audit: names.audit },
      cacheSeconds: 5,
      ...more,
    };
  }

  /** What a run left, in lines that do not depend on when it ran. */
  async results(names) {
    const folder = mkdtempSync(join(this.folder, 'dump-'));
    await millrace(['dump', 'reconciliation', '--out', folder, ...this.flags(names)]);
    const lines = [];
    for (const file of ['enrolments', 'aggregates', 'certificates', 'audit', 'failed']) {
      const read = createInterface({ input: createReadStream(join(folder, `${file}.jsonl`)) });
      for await (const line of read) lines.push(`${file} ${timeless(file, JSON.parse(line))}`);
    }
    rmSync(folder, { recursive: true });
    return lines.sort();
  }

  async close() {
    await this.session.execute(`DROP KEYSPACE IF EXISTS ${this.name}`).catch(() => undefined);
    await Promise.all([this.session.close(), this.kafka.close()]);
  }
}

/** Without the times of writing, and for records without their place in the topic. */
function timeless(file, line) {
  if (file === 'enrolments') return JSON.stringify(sortedObject({ ...line, datetime: undefined }));
  if (file === 'aggregates') {
    const updated = Object.keys(line.agg_last_updated ?? {}).sort();
    return JSON.stringify(sortedObject({ ...line, agg_last_updated: updated }));
  }
  return JSON.stringify([line.key, line.value]);
}

function sortedObject(value) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, each]) => [name, sortedObject(each)]));
}
