import { describe, expect, test } from '@jest/globals';
import { servicesAskedFor } from './selected-services.js';

describe('servicesAskedFor', () => {
  test('puts the literal names of all calls together, in the order of reports', () => {
    const text = `describeWithServices(['redis'], 'a', () => {});
      describeWithServices(
        ["kafka", 'redis'],
        'b', () => {});`;
    expect(servicesAskedFor(text)).toEqual(['kafka', 'redis']);
  });

  test('leaves out calls that start servers of their own', () => {
    const text = `describeWithServices(['redis'], 'a', () => {});
      describeWithServices(['kafka'], 'b', () => {}, { own: true });`;
    expect(servicesAskedFor(text)).toEqual(['redis']);
    expect(servicesAskedFor(`describeWithServices([name], 'b', () => {}, { own: true });`)).toEqual([]);
  });

  test('asks for all where names are not literal or no call is found', () => {
    expect(servicesAskedFor(`describeWithServices(names, 'a', () => {});`)).toEqual(['kafka', 'cassandra', 'redis']);
    expect(servicesAskedFor(`describeWithServices([name], 'a', () => {});`)).toEqual(['kafka', 'cassandra', 'redis']);
    expect(servicesAskedFor(`import { suite } from './helper.js';`)).toEqual(['kafka', 'cassandra', 'redis']);
  });

  test('a remark settles it', () => {
    expect(servicesAskedFor(`// services: none\ntest('x', () => {});`)).toEqual([]);
    expect(servicesAskedFor(`// services: redis, kafka\nsuite();`)).toEqual(['kafka', 'redis']);
  });
});
