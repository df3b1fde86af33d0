import { describe, expect, jest, test } from '@jest/globals';
import { Client } from 'cassandra-driver';

import { bareContactPoint, chooseDataCenter, findDataCenter } from './data-center.js';
import { resolveCassandraOptions } from './options.js';

const nodes = [
  { address: '10.0.0.9', dataCenter: 'east' },
  { address: '10.0.0.1', dataCenter: 'west' },
  { address: '10.0.0.2', dataCenter: 'west' },
];

describe('the data center of the first contact point is chosen', () => {
  test('also where another node answered', () => {
    expect(chooseDataCenter([['10.0.0.1'], ['10.0.0.2']], nodes)).toEqual({ dataCenter: 'west', others: [] });
  });

  test('and the others that contact points lie in are named', () => {
    expect(chooseDataCenter([['10.0.0.2'], ['10.0.0.9'], ['10.0.0.1']], nodes)).toEqual({
      dataCenter: 'west',
      others: ['east'],
    });
  });

  test('with a name that has several addresses', () => {
    expect(chooseDataCenter([['fe80::1', '10.0.0.1']], nodes).dataCenter).toBe('west');
  });

  test('or that of the node that answered, where no contact point is a node’s address', () => {
    expect(chooseDataCenter([['192.168.1.1'], []], nodes)).toEqual({ dataCenter: 'east', others: [] });
  });
});

test.each([
  ['cassandra', 'cassandra'],
  ['cassandra:9142', 'cassandra'],
  ['10.0.0.1', '10.0.0.1'],
  ['10.0.0.1:9142', '10.0.0.1'],
  ['::1', '::1'],
  ['[::1]', '::1'],
  ['[fe80::1]:9142', 'fe80::1'],
])('contact point %s without its port is %s', (host, bare) => {
  expect(bareContactPoint(host)).toBe(bare);
});

test('a refresh of its control connection that fails ends neither the search nor the process', async () => {
  const refreshed: Promise<void>[] = [];
  const connect = jest.spyOn(Client.prototype, 'connect').mockImplementation(function (this: Client): never {
    const { controlConnection: control } = this as unknown as { controlConnection: RefreshingControl };
    control._refreshControlConnection = () => {
      control.connection = { endpoint: '127.0.0.1:9042' };
      return Promise.resolve();
    };
    control._refreshHosts = () => {
      control.connection = null;
      return Promise.reject(new Error('socket closed'));
    };
    refreshed.push(control._refresh([][Symbol.iterator]()));
    throw new Error('nobody is there');
  });
  try {
    await expect(findDataCenter(resolveCassandraOptions({ hosts: ['127.0.0.1'] }))).rejects.toThrow('nobody is there');
    await expect(Promise.all(refreshed)).resolves.toEqual([undefined]);
  } finally {
    connect.mockRestore();
  }
});

/** Not in the driver's types. */
interface RefreshingControl {
  connection: unknown;
  _refresh(hosts: Iterator<never>): Promise<void>;
  _refreshControlConnection: () => Promise<void>;
  _refreshHosts: () => Promise<void>;
}
