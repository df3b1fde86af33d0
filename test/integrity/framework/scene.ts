import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CassandraSession } from '@millrace/cassandra';
import { KafkaConnection } from '@millrace/kafka';
import { RedisConnection } from '@millrace/redis';
import { freePort, probe, uniqueName } from '@millrace/testing';
import type { ServiceName } from '@millrace/testing';
import { createTables, optionsOf, placesOf, REDIS_DATABASE, startSearchStub } from '../../support/world.js';
import { check } from '../oracle/check.js';
import type { CheckOptions } from '../oracle/check.js';
import { Cast } from '../oracle/learner.js';
import type { ReadRecord } from '../oracle/observed.js';
import type { PlannedRecord } from '../oracle/requests.js';
import type { Verdict } from '../oracle/verdict.js';
import { checkProcesses } from './check-processes.js';
import type { ProcessChecks } from './check-processes.js';
import { Feeder } from './feeder.js';
import type { FeedOptions } from './feeder.js';
import { Finding } from './finding.js';
import { JobProcess } from './job-process.js';
import type { ProcessOptions } from './job-process.js';
import { loadConsumption, loadRelations, loadTables } from './load.js';
import { observe, readTopic } from './observe.js';
import type { Report } from './row.js';
import { SHARED_KEYSPACE } from './services.js';
import type { IntegrityServices } from './services.js';
import { groupOf, isCommitted, topicsOf } from './topics.js';
import type { Topics } from './topics.js';
import { ALL_ENDED_MS, isUnprotected, patience } from './unprotected.js';

export interface SceneOptions {
  /** Learners with rows in the tables; the feed goes round. @default 600 */
  readonly learners?: number;
  /** Of every topic. @default 6 */
  readonly partitions?: number;
  /** Over what the framework sets for the job, e.g. the address of a proxy. */
  readonly settings?: Readonly<Record<string, string>>;
  /**
   * A configuration file for the job: then only addresses and names are set over it, and everything else is as it says.
   * @default none, and settings that make for short rows
   */
  readonly config?: string;
  /** true: a keyspace of the scene alone, for rows that alter or drop tables. @default false */
  readonly ownKeyspace?: boolean;
  /** Brokers other than those of all rows; topics then get this replication. */
  readonly kafka?: { readonly addresses: readonly string[]; readonly replicationFactor?: number };
}

interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** The world of one row: topics, rows and relations of its own on the services, and the job as processes. */
export class Scene {
  /** First part of every id; also the job's `env`. */
  readonly env: string;
  readonly cast: Cast;
  readonly topics: Topics;
  readonly groupId: string;
  readonly keyspace: string;
  /** Straight to the services, past proxies that the job is configured with. */
  readonly kafka: KafkaConnection;
  readonly session: CassandraSession;
  readonly redis: RedisConnection;
  /** Options of the command line for every command on this scene. */
  readonly options: readonly string[];
  /** All that were started, also those that have ended. */
  readonly processes: JobProcess[] = [];
  readonly planned: PlannedRecord[] = [];
  readonly #services: IntegrityServices;
  readonly #learners: number;
  readonly #disposals: (() => Promise<void> | void)[];
  readonly #feeders: Feeder[] = [];
  /** By place in the topic: what was read before a row deleted it. */
  readonly #kept = new Map<string, ReadRecord>();

  constructor(parts: {
    env: string;
    learners: number;
    keyspace: string;
    options: readonly string[];
    services: IntegrityServices;
    clients: Pick<Scene, 'kafka' | 'session' | 'redis'>;
    disposals: (() => Promise<void> | void)[];
  }) {
    this.env = parts.env;
    this.cast = new Cast(parts.env);
    this.topics = topicsOf(parts.env);
    this.groupId = groupOf(parts.env);
    this.keyspace = parts.keyspace;
    this.options = parts.options;
    this.kafka = parts.clients.kafka;
    this.session = parts.clients.session;
    this.redis = parts.clients.redis;
    this.#services = parts.services;
    this.#learners = parts.learners;
    this.#disposals = parts.disposals;
  }

  /** Starts a process of the job. `settings` go over those of the scene. */
  async start(settings: Readonly<Record<string, string>> = {}, process: ProcessOptions = {}): Promise<JobProcess> {
    const port = await freePort();
    const args = ['run', 'reconciliation', ...this.options, ...optionsOf({ ...settings, 'http.port': String(port) })];
    const started = new JobProcess(args, port, process);
    this.processes.push(started);
    return started;
  }

  /** Requests at a steady rate from now on; goes on where the last feed ended. */
  feed(options: FeedOptions = {}): Feeder {
    const turn = this.#feeders.at(-1)?.turn ?? 0;
    const feeder = new Feeder(this.cast, this.#learners, this.planned, turn, this.kafka, this.topics.input, options);
    this.#feeders.push(feeder);
    return feeder;
  }

  /** Those who made progress complete their course now. Nothing may be in the input that is not settled. */
  async completeCourses(): Promise<void> {
    this.cast.completeFrom = this.planned.length;
    const learners = Array.from({ length: this.#learners }, (_, n) => this.cast.learner(n));
    for (const learner of learners.filter(({ completesLater }) => completesLater)) {
      await loadConsumption(this.session, this.keyspace, learner);
    }
  }

  /** Records that the job's group has committed. */
  async committed(): Promise<number> {
    const offsets = await this.kafka.groupOffsets(this.groupId, this.topics.input);
    return [...offsets.values()].reduce((sum, offset) => sum + Math.max(0, offset), 0);
  }

  /** Waits until the group has committed all that is in the input. @throws when it does not come to that */
  async drained(timeoutMs = 180_000): Promise<void> {
    await this.until('everything is committed', timeoutMs, () =>
      isCommitted(this.kafka, this.topics.input, this.groupId),
    );
  }

  /** Waits until so many more records are committed than now. */
  async progressed(more = 1, timeoutMs = 180_000): Promise<void> {
    const before = await this.committed();
    await this.until(
      `${String(more)} more are committed`,
      timeoutMs,
      async () => (await this.committed()) >= before + more,
    );
  }

  /**
   * Seconds from a service's first answer to the first record that is settled after it, as the processes themselves
   * say. To be called while the service comes back and requests are fed. `address`: where it is now, if not in its place.
   */
  async recovery(name: ServiceName, timeoutMs = 120_000, address: HostPort = this.#services[name]): Promise<number> {
    await probe(name, address.host, address.port, timeoutMs);
    const ready = performance.now();
    const before = await this.#settled();
    await this.until(`settled again after ${name} came back`, timeoutMs, async () => (await this.#settled()) > before);
    return Math.round((performance.now() - ready) / 100) / 10;
  }

  /** Polls until it is so; errors of the condition count as not yet. @throws with what the processes logged */
  async until(what: string, timeoutMs: number, condition: () => Promise<boolean> | boolean): Promise<void> {
    const limit = patience(timeoutMs);
    const deadline = performance.now() + limit;
    let lastRunning = performance.now();
    for (;;) {
      if (await Promise.resolve(condition()).catch(() => false)) return;
      for (const feeder of this.#feeders) feeder.throwIfDead();
      if (this.processes.some(({ isRunning }) => isRunning)) lastRunning = performance.now();
      if (isUnprotected() && performance.now() > lastRunning + ALL_ENDED_MS)
        throw new Finding(`all processes have ended: ${what}\n${this.#logs()}`);
      if (performance.now() > deadline)
        throw new Finding(`not so within ${String(limit)} ms: ${what}\n${this.#logs()}`);
      await sleep(100);
    }
  }

  /** SIGTERM to all that run. */
  async stop(): Promise<void> {
    await Promise.all(this.processes.filter((each) => each.isRunning).map((each) => each.stop()));
  }

  /** Feeding stops, the processes that run settle everything, and are stopped. */
  async settle(drainTimeoutMs?: number): Promise<void> {
    await this.#stopFeeding();
    await this.drained(drainTimeoutMs);
    await this.stop();
  }

  /**
   * The end of every row: feeding stops, everything is settled by the processes that run, they are stopped, and then
   * every input record is accounted for. @returns what goes into `row.report` @throws when anything is missing or wrong
   */
  async checkEverything(options: CheckOptions & ProcessChecks = {}): Promise<Report> {
    try {
      await this.settle(options.drainTimeoutMs);
    } catch (error) {
      // What is there tells more of the cause than that something did not come.
      const verdict = await this.judge(options).catch((reason: unknown) => {
        throw new Error(`nothing could be read back: ${messageOf(reason)}\n${messageOf(error)}`, { cause: error });
      });
      throw new Finding(`${verdict.summary}\n${messageOf(error)}`, { cause: error });
    }
    const verdict = await this.judge(options);
    const { problems, memoryMiB } = checkProcesses(this.processes, options);
    if (!verdict.isClean || problems.length > 0) {
      throw new Finding([`${this.env}:`, verdict.summary, ...problems, this.#logs()].join('\n'));
    }
    const { records, lost, wrong, duplicates } = verdict;
    return { records, lost, wrong, duplicates, memoryMiB };
  }

  /** What the checker says of the tables and topics as they are now; throws for nothing. */
  async judge(options: CheckOptions = {}): Promise<Verdict> {
    const seen = await observe(this.kafka, this.session, this.keyspace, this.topics, this.groupId, this.cast);
    const inputs = [...new Map([...this.#kept, ...byPlace(seen.inputs)]).values()];
    return check(this.cast, this.#learners, this.planned, { ...seen, inputs }, options);
  }

  /** Reads the input and keeps it for the checker: to be called before records are deleted from the topic. */
  async keepInputs(): Promise<void> {
    for (const [place, record] of byPlace(await readTopic(this.kafka, this.topics.input)))
      this.#kept.set(place, record);
  }

  async dispose(): Promise<void> {
    for (const process of this.processes) if (process.isRunning) await process.kill();
    await this.#stopFeeding().catch(() => undefined);
    for (const dispose of this.#disposals.reverse()) await dispose();
  }

  async #stopFeeding(): Promise<void> {
    for (const feeder of this.#feeders) await feeder.stop();
  }

  async #settled(): Promise<number> {
    const healths = await Promise.all(this.processes.filter((each) => each.isRunning).map((each) => each.health()));
    const most = new Map<string, number>();
    for (const { split, committed = 0, settled = committed } of healths.flatMap((health) => health?.splits ?? [])) {
      most.set(split, Math.max(most.get(split) ?? 0, settled));
    }
    return [...most.values()].reduce((sum, offset) => sum + offset, 0);
  }

  #logs(): string {
    return this.processes
      .map(
        (each, n) =>
          `--- process ${String(n)} (${JSON.stringify(each.end ?? 'running')})\n${each.stderr.slice(-1_500)}`,
      )
      .join('\n');
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** In the order of the partitions. */
function byPlace(records: readonly ReadRecord[]): [string, ReadRecord][] {
  return records.map((record) => [`${String(record.partition)}-${String(record.offset)}`, record]);
}

/** Makes topics, loads tables and relations, starts the search stub. */
export async function openScene(services: IntegrityServices, options: SceneOptions): Promise<Scene> {
  const { learners = 600, partitions = 6 } = options;
  const env = uniqueName('i')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '');
  const cast = new Cast(env);
  const keyspace = options.ownKeyspace === true ? env : SHARED_KEYSPACE;
  if (options.ownKeyspace === true) await createTables(services, keyspace);
  const disposals: (() => Promise<void> | void)[] = [];
  const brokers = options.kafka?.addresses ?? services.kafka.addresses;
  const kafka = new KafkaConnection({ brokers: [...brokers] });
  const session = new CassandraSession({ hosts: [services.cassandra.host], port: services.cassandra.port });
  const redis = new RedisConnection({ host: services.redis.host, port: services.redis.port, db: REDIS_DATABASE });
  disposals.push(
    () => kafka.close(),
    () => session.close(),
    () => redis.close(),
  );
  await session.connect({ timeoutMs: 60_000 });
  await redis.connect({ timeoutMs: 30_000 });
  const replicationFactor = options.kafka?.replicationFactor ?? 1;
  await kafka.createTopics(
    Object.values(topicsOf(env)).map((topic: string) => ({
      topic,
      partitions,
      replicationFactor,
      config: { 'retention.ms': '-1' },
    })),
  );
  await loadRelations(redis, cast);
  await loadTables(session, keyspace, cast, learners);
  const search = await startSearch(cast);
  disposals.push(search.end);
  const settings = {
    env,
    ...placesOf(services, keyspace),
    'kafka.broker-servers': brokers.join(','),
    'service.search.basePath': search.url,
    ...(options.config === undefined
      ? { 'relation.cache.missing.wait': '0', 'task.checkpointing.interval': '500' }
      : namesOf(env)),
    ...options.settings,
  };
  const file = options.config === undefined ? [] : ['--config', options.config];
  return new Scene({
    env,
    learners,
    keyspace,
    options: [...file, ...optionsOf(settings)],
    services,
    clients: { kafka, session, redis },
    disposals,
  });
}

/** Names that a configuration file gives in its own way. */
function namesOf(env: string): Readonly<Record<string, string>> {
  const topics = topicsOf(env);
  return {
    'kafka.input.topic': topics.input,
    'kafka.output.certissue.topic': topics.certificates,
    'kafka.output.audit.topic': topics.audit,
    'kafka.output.failed.topic': topics.failed,
    'kafka.groupId': groupOf(env),
  };
}

async function startSearch(cast: Cast): Promise<{ url: string; end: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-integrity-'));
  const file = join(folder, 'collections.jsonl');
  const known = cast.courses.filter(({ status }) => status !== undefined);
  writeFileSync(file, known.map(({ id, status }) => `${JSON.stringify({ identifier: id, status })}\n`).join(''));
  const { url, child } = await startSearchStub(file);
  const end = (): void => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  return { url, end };
}
