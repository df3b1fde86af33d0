import type { Clock, Logger } from '@millrace/core';
import type { Client } from 'cassandra-driver';
import { rootMessage } from './errors.js';

/** Not in the driver's types. */
interface ControlConnection {
  connection: unknown;
  _isShuttingDown: boolean;
  _refresh(hosts?: unknown): Promise<void>;
  shutdown(): void;
}

const RETRY_MS = 1_000;

/**
 * Catches what the driver (4.10.0) lets escape: its control connection is refreshed for a lost connection and for a host
 * that is down, and where both happen at once the one takes the connection from under the other, whose TypeError
 * nobody catches. That ended the process. The next refresh is a second later, if none has got a connection by then.
 */
export function catchRefreshErrors(client: Client, clock: Clock, logger: Logger): void {
  const { controlConnection: control } = client as unknown as { controlConnection: ControlConnection };
  const refresh = control._refresh.bind(control);
  control._refresh = async (hosts) => {
    try {
      await refresh(hosts);
    } catch (error) {
      logger.warn({ error: rootMessage(error) }, 'cassandra: the control connection was not refreshed, trying again');
      clock.setTimer(RETRY_MS, () => {
        if (!control._isShuttingDown && !control.connection) void control._refresh();
      });
    }
  };
}

/**
 * Shuts a client down, also one that never connected: for that the driver's own `shutdown` does nothing, and a control
 * connection that was lost on the way would be refreshed for ever.
 */
export async function shutDownClient(client: Client): Promise<void> {
  await client.shutdown();
  const { controlConnection: control } = client as unknown as { controlConnection: ControlConnection };
  if (!control._isShuttingDown) control.shutdown();
}
