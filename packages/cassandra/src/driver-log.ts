import type { Clock, Logger } from '@millrace/core';
import type { Client, Host } from 'cassandra-driver';

const WARNINGS_EVERY_MS = 60_000;

/**
 * The driver's events as log lines: nodes that go down and come back, and what the server warns of (large batches,
 * tombstones), once a minute at most. The rest of the driver's talk is for debugging: during an outage it repeats itself
 * twice a second.
 */
export function logDriverEvents(client: Client, logger: Logger, clock: Clock): void {
  let quietUntil = Number.NEGATIVE_INFINITY;
  client.on('hostDown', (host: Host) => {
    logger.warn({ host: host.address, dataCenter: host.datacenter }, 'cassandra node is down');
  });
  client.on('hostUp', (host: Host) => {
    logger.info({ host: host.address, dataCenter: host.datacenter }, 'cassandra node is up');
  });
  client.on('log', (level: string, source: string, message: string) => {
    if (level === 'verbose') return;
    if (level === 'warning' && message.startsWith('Received warning') && clock.monotonic() >= quietUntil) {
      quietUntil = clock.monotonic() + WARNINGS_EVERY_MS;
      logger.warn({ source }, `cassandra warns: ${message.slice(0, 500)}`);
      return;
    }
    logger.debug({ source, level }, message);
  });
}
