import type { Client, Host } from 'cassandra-driver';

/** Not in the driver's types, but what its own client calls on every host at its end. */
interface ClosableHost extends Host {
  shutdown(waitForPending: boolean): Promise<void>;
}

/**
 * Closes what the driver (4.10.0) forgets: when its control connection comes back after an outage of all nodes it makes
 * a new Host in the place of the old one. The old one would go on reconnecting and keep a connection and a timer that no
 * shutdown reaches: one more after every outage, and a process that does not end.
 */
export function closeReplacedHosts(client: Client): void {
  client.hosts.on('remove', (host: ClosableHost) => {
    host.shutdown(false).catch(() => undefined);
  });
}
