import { expect, test } from '@jest/globals';
import { silentLogger } from '@millrace/core';
import { ManualClock } from '@millrace/core/testing';
import { Client } from 'cassandra-driver';
import { catchRefreshErrors, shutDownClient } from './control-connection.js';

interface Control {
  connection: unknown;
  _isShuttingDown: boolean;
  _refresh(hosts?: unknown): Promise<void>;
}

/** The driver's own refresh, which loses its connection to another one half way. */
function lostOnTheWay(): { client: Client; control: Control } {
  const client = new Client({ contactPoints: ['127.0.0.1'], localDataCenter: 'datacenter1' });
  const { controlConnection: control } = client as unknown as { controlConnection: Control };
  return {
    client,
    control: Object.assign(control, {
      _refreshControlConnection: () => {
        control.connection = { endpoint: '127.0.0.1:9042', endpointFriendlyName: '127.0.0.1:9042' };
        return Promise.resolve();
      },
      _refreshHosts: () => {
        control.connection = null;
        return Promise.reject(new Error('socket closed'));
      },
    }),
  };
}

const noHosts = (): Iterator<never> => [][Symbol.iterator]();

test('where two refreshes meet the driver itself lets an error escape', async () => {
  const { control } = lostOnTheWay();
  await expect(control._refresh(noHosts())).rejects.toThrow("Cannot read properties of null (reading 'endpoint')");
});

test('a refresh that loses its connection to another ends without an error', async () => {
  const { client, control } = lostOnTheWay();
  catchRefreshErrors(client, new ManualClock(), silentLogger);
  await expect(control._refresh(noHosts())).resolves.toBeUndefined();
});

test('it is done again a second later where no other has got a connection, and not after a shutdown', async () => {
  const clock = new ManualClock();
  let refreshed = 0;
  const control: Control = {
    connection: null,
    _isShuttingDown: false,
    _refresh: () => {
      refreshed += 1;
      return Promise.reject(new TypeError('null'));
    },
  };
  catchRefreshErrors({ controlConnection: control } as unknown as Client, clock, silentLogger);
  await control._refresh();
  await clock.advance(999);
  expect(refreshed).toBe(1);
  await clock.advance(1);
  expect(refreshed).toBe(2);
  control.connection = {};
  await clock.advance(5_000);
  expect(refreshed).toBe(2);
  control.connection = null;
  await control._refresh();
  control._isShuttingDown = true;
  await clock.advance(5_000);
  expect(refreshed).toBe(3);
});

test('a client that never connected is not refreshed any more once it is shut down', async () => {
  const clock = new ManualClock();
  const { client, control } = lostOnTheWay();
  catchRefreshErrors(client, clock, silentLogger);
  await control._refresh(noHosts());
  expect(clock.pendingTimers).toBe(1);
  await shutDownClient(client);
  await clock.advance(1_000);
  expect(control._isShuttingDown).toBe(true);
  expect(clock.pendingTimers).toBe(0);
});
