import { describe, expect, test } from '@jest/globals';

import { bareContactPoint, chooseDataCenter } from './data-center.js';

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
