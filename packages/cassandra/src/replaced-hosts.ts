import type { Client, Host } from 'cassandra-driver';

/** Not in the driver's types, but what its own client calls on every host at its end. */
interface ClosableHost extends Host {
  shutdown(waitForPending: boolean): Promise<void>;
}

/**
 * Closes what the driver (4.10.0) forgets: when its control connection comes back after an outage of all nodes it makes
 * a new Host in the place of the old one. The old one would go on reconnecting and keep a connection and a timer that no
 * shutdown reaches: one more after every outage, and a process that does not end.
 *
 * The old one may have reconnected first and be answering requests: it is drained before it is closed for good.
 *
 * @param drainMs longest time for the requests under way, in milliseconds
 */
export function closeReplacedHosts(client: Client, drainMs: number): void {
  client.hosts.on('remove', (host: ClosableHost) => {
    host.shutdown(true).catch(() => undefined);
    // A drained pool counts as fresh and would connect again at the next late error of one of its connections.
    setTimeout(() => {
      host.shutdown(false).catch(() => undefined);
    }, drainMs).unref();
  });
}
