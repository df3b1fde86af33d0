import { ServiceUnavailableError, sleep } from '@millrace/core';
import type { Host } from 'cassandra-driver';
import { Client } from 'cassandra-driver';

import { addressOf, asSetupError } from './connect-error.js';
import { catchRefreshErrors, shutDownClient } from './control-connection.js';
import { findDataCenter } from './data-center.js';
import { logDriverEvents } from './driver-log.js';
import { sessionOptions } from './driver-options.js';
import { rootMessage } from './errors.js';
import type { ResolvedCassandraOptions } from './options.js';
import { closeReplacedHosts } from './replaced-hosts.js';

/** How long to go on trying to connect. */
export interface ConnectOptions {
  /** Milliseconds. */
  readonly timeoutMs: number;
  /** Gives up when it aborts. */
  readonly signal?: AbortSignal;
}

/** A connected client of the driver and the data center that it keeps to. */
export interface Connected {
  readonly client: Client;
  readonly dataCenter: string;
}

const RETRY_DELAY_MS = 250;

/**
 * Tries until the cluster answers, each time with a client of its own (a client that failed to connect keeps traces).
 *
 * @throws ServiceUnavailableError after `timeoutMs`, with the address and the last reason
 * @throws SetupError at once for what no retry can cure
 * @throws the abort reason of `signal`
 */
export async function connectClient(
  options: ResolvedCassandraOptions,
  { timeoutMs, signal }: ConnectOptions,
): Promise<Connected> {
  const { clock, logger } = options;
  const address = addressOf(options);
  const begin = clock.monotonic();
  let lastError: unknown = new Error('no answer yet');
  for (;;) {
    signal?.throwIfAborted();
    const left = timeoutMs - (clock.monotonic() - begin);
    if (left <= 0)
      throw new ServiceUnavailableError('cassandra', address, timeoutMs, new Error(rootMessage(lastError)));
    try {
      const connected = await withinTime(options, connectOnce(options), left, signal);
      if (connected !== undefined) return connected;
    } catch (error) {
      const setup = asSetupError(error, options);
      if (setup !== undefined) throw setup;
      if (signal?.aborted) throw error;
      lastError = error;
      logger.debug({ address, error: rootMessage(error) }, 'cassandra is not reachable yet');
    }
    await sleep(clock, Math.max(1, Math.min(RETRY_DELAY_MS, timeoutMs - (clock.monotonic() - begin))), signal);
  }
}

async function connectOnce(options: ResolvedCassandraOptions): Promise<Connected> {
  const dataCenter = options.localDataCenter ?? (await findDataCenter(options));
  const client = new Client(sessionOptions(options, dataCenter));
  logDriverEvents(client, options.logger, options.clock);
  catchRefreshErrors(client, options.clock, options.logger);
  try {
    await client.connect();
  } catch (error) {
    await shutDownClient(client);
    throw error;
  }
  closeReplacedHosts(client, 2 * options.readTimeoutMs);
  // Every request that waits for a node to come back listens to it; Node warns of more than ten.
  for (const host of client.hosts.values()) host.setMaxListeners(0);
  client.hosts.on('add', (host: Host) => host.setMaxListeners(0));
  return { client, dataCenter };
}

/** The attempt's result, or undefined after `leftMs`: what connects later than that is shut down again. */
async function withinTime(
  options: ResolvedCassandraOptions,
  attempt: Promise<Connected>,
  leftMs: number,
  signal: AbortSignal | undefined,
): Promise<Connected | undefined> {
  const timer = new AbortController();
  const stop = signal === undefined ? timer.signal : AbortSignal.any([signal, timer.signal]);
  let taken = false;
  try {
    const result = await Promise.race([attempt, sleep(options.clock, leftMs, stop)]);
    taken = result !== undefined;
    return result ?? undefined;
  } finally {
    timer.abort();
    if (!taken) attempt.then(({ client }) => client.shutdown()).catch(() => undefined);
  }
}
