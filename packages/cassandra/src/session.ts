import { MillraceError, sleep } from '@millrace/core';
import type { Client, QueryOptions } from 'cassandra-driver';
import { types } from 'cassandra-driver';

import type { RequiredTables } from './check-tables.js';
import { checkTables } from './check-tables.js';
import { classifyCassandraError } from './classify.js';
import type { ConnectOptions } from './connect.js';
import { connectClient } from './connect.js';
import { addressOf } from './connect-error.js';
import { driverConsistency } from './driver-options.js';
import { CassandraClosedError, CassandraQueryError } from './errors.js';
import type { CassandraOptions, Consistency, ResolvedCassandraOptions } from './options.js';
import { resolveCassandraOptions } from './options.js';
import { Permits } from './permits.js';
import type { CassandraParams, CassandraRow } from './values.js';
import { checkValues } from './values.js';

const CLOSE_TIMEOUT_MS = 5000;

/** How one statement is executed. */
export interface ExecuteOptions {
  /**
   * Whether the statement may be applied twice. With true the driver tries again after a lost connection, a timeout,
   * an overloaded node. Set false for counters, list appends and anything with `now()` or `uuid()`. @default true
   */
  readonly idempotent?: boolean;
  /**
   * Write timestamp, microseconds since 1970 UTC; a `USING TIMESTAMP` in the statement wins. Of two writes of a column
   * the larger timestamp wins, at a tie the larger value. @default now; strictly increasing within the session
   */
  readonly timestamp?: bigint;
  /** @default the session's */
  readonly consistency?: Consistency;
  /** Rows of one page. @default the session's */
  readonly fetchSize?: number;
}

/** How a batch is executed. */
export interface BatchOptions extends Omit<ExecuteOptions, 'fetchSize'> {
  /**
   * True buys all-or-nothing over several partitions at several times the cost. @default false: each partition's
   * statements are applied together, nothing more
   */
  readonly logged?: boolean;
}

/** One statement with its values. */
export interface BoundStatement {
  readonly statement: string;
  readonly params: CassandraParams;
}

/** Answer to one request. */
export interface CassandraPage {
  /** Rows of this page; empty for writes. */
  readonly rows: readonly CassandraRow[];
  /** Where the next page begins, undefined when this is the last one. */
  readonly nextPage: string | undefined;
}

/**
 * Statements on a Cassandra cluster: always prepared (give the same text with `?` every time), values always bound.
 *
 * At most `maxInFlight` requests are under way, the others wait in order. Every rejection is a CassandraQueryError whose
 * `kind` says who is to blame (see `classifyCassandraError`), a CassandraValueError (`event`) or a CassandraClosedError;
 * nothing is retried here beyond one or two quick tries on another node, waiting and retrying is the operators' part.
 * Nodes that are down are tried again every `reconnectDelayMs`, for ever. Statements that the servers forgot (restart,
 * table changed or made anew) are prepared again without a word.
 */
export class CassandraSession {
  readonly #options: ResolvedCassandraOptions;
  readonly #permits: Permits;
  #client: Client | undefined;
  #connecting: Promise<void> | undefined;
  #dataCenter: string | undefined;
  #closed = false;

  /** Does no I/O; `connect` does. @throws SetupError for options that cannot work */
  constructor(options: CassandraOptions) {
    this.#options = resolveCassandraOptions(options);
    this.#permits = new Permits(this.#options.maxInFlight);
  }

  /** `host:port` of every contact point, with commas. */
  get address(): string {
    return addressOf(this.#options);
  }

  /** Data center that is asked; undefined before `connect`. */
  get localDataCenter(): string | undefined {
    return this.#dataCenter;
  }

  /** Requests under way, and those that wait for their turn. */
  get load(): { inFlight: number; waiting: number } {
    return { inFlight: this.#permits.running, waiting: this.#permits.waiting };
  }

  /**
   * Resolves when the cluster answers; tries until then. A second call meanwhile shares the first one's attempt.
   *
   * @throws ServiceUnavailableError after `timeoutMs`, with `host:port` and the last reason
   * @throws SetupError at once for refused credentials, an unknown data center or keyspace, an unusable certificate
   * @throws the abort reason of `signal`
   */
  async connect(options: ConnectOptions): Promise<void> {
    if (this.#client !== undefined) return;
    if (this.#closed) throw new CassandraClosedError('closed');
    this.#connecting ??= this.#open(options).finally(() => {
      this.#connecting = undefined;
    });
    await this.#connecting;
  }

  /** One statement; of a SELECT the first page alone (use `all` or `rows` for all pages). */
  execute(statement: string, params: CassandraParams = [], options: ExecuteOptions = {}): Promise<CassandraPage> {
    return this.#page(statement, params, options, undefined);
  }

  /** All rows of all pages, in the server's order, held in memory at once. */
  async all(statement: string, params: CassandraParams = [], options: ExecuteOptions = {}): Promise<CassandraRow[]> {
    const { rows, nextPage } = await this.#page(statement, params, options, undefined);
    const all = [...rows];
    for (let next = nextPage; next !== undefined;) {
      const page = await this.#page(statement, params, options, next);
      for (const row of page.rows) all.push(row);
      next = page.nextPage;
    }
    return all;
  }

  /** Rows one by one, in the server's order; a page is fetched when the one before is used up. */
  async *rows(
    statement: string,
    params: CassandraParams = [],
    options: ExecuteOptions = {},
  ): AsyncGenerator<CassandraRow, void> {
    let next: string | undefined;
    do {
      const page = await this.#page(statement, params, options, next);
      yield* page.rows;
      next = page.nextPage;
    } while (next !== undefined);
  }

  /**
   * Several writes in one request. Give statements of one partition, or few: the batch goes to a replica of its first
   * statement. An UNLOGGED batch that the server calls too large is sent in halves; statements of one partition are
   * then no longer applied together.
   */
  async batch(statements: readonly BoundStatement[], options: BatchOptions = {}): Promise<void> {
    if (statements.length === 0) return;
    for (const { params } of statements) checkValues(params);
    try {
      await this.#send(`batch of ${String(statements.length)}: ${statements[0]?.statement ?? ''}`, (client) =>
        client.batch(
          statements.map(({ statement, params }) => ({ query: statement, params: [...params] })),
          { ...queryOptions(options), logged: options.logged ?? false },
        ),
      );
    } catch (error) {
      if (options.logged === true || statements.length === 1 || !isTooLarge(error)) throw error;
      const middle = statements.length >> 1;
      await this.batch(statements.slice(0, middle), options);
      await this.batch(statements.slice(middle), options);
    }
  }

  /**
   * Checks that the keyspace has these tables with these columns. Names are taken as CQL takes them: in lower case
   * unless in double quotes.
   *
   * @throws SetupError one line that names everything missing
   */
  checkTables(keyspace: string, tables: RequiredTables): Promise<void> {
    return checkTables((statement, params) => this.all(statement, params), this.address, keyspace, tables);
  }

  /** Rejects what waits, gives what is under way at most 5 s, disconnects. Never rejects; may be called again. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#permits.close(new CassandraClosedError('closed'));
    const client = this.#client;
    this.#client = undefined;
    if (client === undefined) return;
    const timer = new AbortController();
    const timeout = sleep(this.#options.clock, CLOSE_TIMEOUT_MS, timer.signal).catch(() => undefined);
    await Promise.race([client.shutdown().catch(() => undefined), timeout]);
    timer.abort();
  }

  async #open(options: ConnectOptions): Promise<void> {
    const { client, dataCenter } = await connectClient(this.#options, options);
    if (this.#closed) {
      await client.shutdown();
      throw new CassandraClosedError('closed');
    }
    this.#client = client;
    this.#dataCenter = dataCenter;
    this.#options.logger.info({ address: this.address, dataCenter }, 'cassandra connected');
  }

  async #page(
    statement: string,
    params: CassandraParams,
    options: ExecuteOptions,
    pageState: string | undefined,
  ): Promise<CassandraPage> {
    checkValues(params);
    const result = await this.#send(statement, (client) =>
      client.execute(statement, [...params], {
        ...queryOptions(options),
        ...(options.fetchSize === undefined ? {} : { fetchSize: options.fetchSize }),
        ...(pageState === undefined ? {} : { pageState }),
      }),
    );
    // The driver leaves rows undefined for writes, whatever its types say.
    const rows = (result.rows as readonly unknown[] | undefined) ?? [];
    return { rows: rows as readonly CassandraRow[], nextPage: pageStateOf(result) };
  }

  async #send<T>(statement: string, call: (client: Client) => Promise<T>): Promise<T> {
    try {
      return await this.#permits.run(() => {
        const client = this.#client;
        if (client === undefined) throw new CassandraClosedError(this.#closed ? 'closed' : 'not connected yet');
        return call(client);
      });
    } catch (error) {
      if (error instanceof MillraceError) throw error;
      throw new CassandraQueryError(classifyCassandraError(error), statement, error);
    }
  }
}

function queryOptions(options: ExecuteOptions): QueryOptions {
  return {
    prepare: true,
    isIdempotent: options.idempotent ?? true,
    ...(options.consistency === undefined ? {} : { consistency: driverConsistency(options.consistency) }),
    ...(options.timestamp === undefined ? {} : { timestamp: toLong(options.timestamp) }),
  };
}

/** The driver gives null where its types promise text. */
function pageStateOf(result: { readonly pageState: string | null }): string | undefined {
  return result.pageState ?? undefined;
}

/** As a number, a timestamp of microseconds is exact only until the year 2255. */
function toLong(value: bigint): types.Long {
  return new types.Long(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
}

function isTooLarge(error: unknown): boolean {
  return (
    error instanceof CassandraQueryError &&
    error.cause instanceof Error &&
    /^Batch too large/i.test(error.cause.message)
  );
}
