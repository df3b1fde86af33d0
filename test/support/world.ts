import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CassandraSession } from '@millrace/cassandra';
import { RedisConnection } from '@millrace/redis';
import { freePort, uniqueName } from '@millrace/testing';
import type { ServiceHandles } from '@millrace/testing';

/** Where a job runs in a test: options for the command line, and an end that leaves nothing behind. */
export interface World {
  readonly name: 'embedded' | 'services';
  /** Given to every command that touches data. */
  readonly options: readonly string[];
  dispose(): Promise<void>;
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'millrace-e2e-'));
}

/** No server: everything in a fresh folder. */
export function embeddedWorld(): World {
  const folder = temporaryFolder();
  return {
    name: 'embedded',
    options: ['--embedded', join(folder, 'store')],
    dispose: () => {
      rmSync(folder, { recursive: true, force: true });
      return Promise.resolve();
    },
  };
}

/** Names that a suite has for itself on the shared services. */
export interface ServicesWorld extends World {
  readonly env: string;
  readonly keyspace: string;
  readonly redisDatabase: number;
}

/** Redis databases are numbered; suites run one after another, each empties the one it uses. */
export const REDIS_DATABASE = 11;

/**
 * Kafka, Cassandra and Redis, with topics, a keyspace and a database of the suite's own, and a search stub.
 *
 * @param variables of another job than reconciliation: what it has besides; undefined for what it does not have
 */
export async function servicesWorld(
  services: ServiceHandles,
  dataset: string,
  variables: Readonly<Record<string, string | undefined>> = {},
): Promise<ServicesWorld> {
  const env = uniqueName('e2e').toLowerCase().replaceAll('_', '-');
  const keyspace = uniqueName('e2e')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '_');
  await createTables(services, keyspace);
  await emptyRedis(services);
  const search = await startSearchStub(join(dataset, 'collections.jsonl'));
  return {
    name: 'services',
    env,
    keyspace,
    redisDatabase: REDIS_DATABASE,
    options: optionsOf({
      env,
      ...placesOf(services, keyspace),
      'service.search.basePath': search.url,
      ...variables,
    }),
    dispose: async () => {
      search.child.kill('SIGKILL');
      await emptyRedis(services);
      await withSession(services, (session) => session.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`));
    },
  };
}

/** Where a job finds the services, in its variables. */
export function placesOf(services: ServiceHandles, keyspace: string): Readonly<Record<string, string>> {
  return {
    'kafka.broker-servers': services.kafka.addresses.join(','),
    'lms-cassandra.host': services.cassandra.host,
    'lms-cassandra.port': String(services.cassandra.port),
    'lms-cassandra.keyspace': keyspace,
    'redis.host': services.redis.host,
    'redis.port': String(services.redis.port),
    'redis.database.relationCache.id': String(REDIS_DATABASE),
  };
}

export function optionsOf(values: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : ['--set', `${key}=${value}`]));
}

export async function withSession<T>(
  { cassandra }: ServiceHandles,
  use: (session: CassandraSession) => Promise<T>,
): Promise<T> {
  // On a loaded machine a schema change takes longer than a job would wait for an answer.
  const session = new CassandraSession({ hosts: [cassandra.host], port: cassandra.port, readTimeoutMs: 60_000 });
  await session.connect({ timeoutMs: 60_000 });
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}

const PRODUCTION_SCHEMA = join('packages', 'reconciliation', 'fixtures', 'sunbird_courses.cql');

/** Applies a schema, the production one if no other is named, under another keyspace's name. */
export async function createTables(
  services: ServiceHandles,
  keyspace: string,
  file = join(process.cwd(), PRODUCTION_SCHEMA),
): Promise<void> {
  const schema = readFileSync(file, 'utf8')
    .replaceAll(/^--.*$/gm, '')
    .replaceAll('sunbird_courses', keyspace);
  await withSession(services, async (session) => {
    for (const statement of schema.split(';').map((each) => each.trim())) {
      if (statement !== '') await session.execute(statement);
    }
  });
}

async function emptyRedis({ redis }: ServiceHandles): Promise<void> {
  const connection = new RedisConnection({ host: redis.host, port: redis.port, db: REDIS_DATABASE });
  await connection.connect({ timeoutMs: 10_000 });
  await connection.exec([{ commands: [['FLUSHDB']], atomic: false }]);
  await connection.close();
}

export async function startSearchStub(collections: string): Promise<{ url: string; child: ChildProcess }> {
  const port = await freePort();
  const script = join(process.cwd(), 'docker', 'search-stub.mjs');
  const child = spawn(process.execPath, [script, ...(existsSync(collections) ? [collections] : [])], {
    env: { PORT: String(port), HOST: '127.0.0.1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await new Promise<void>((resolve, reject) => {
    child.stderr.once('data', () => {
      resolve();
    });
    child.once('exit', (code) => {
      reject(new Error(`the search stub ended with ${String(code)}`));
    });
  });
  return { url: `http://127.0.0.1:${String(port)}`, child };
}
