import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { createRequire } from 'node:module';
import { describeWithServices, uniqueName } from '@millrace/testing';
import { FakeHost, until } from '../../test/fake-host.js';
import { protocolError } from '../../test/fake-producer.js';
import { KafkaConnection } from '../connection/kafka-connection.js';
import { kafkaSource } from './kafka-source.js';

interface BrokerClass {
  readonly prototype: {
    joinGroup(this: unknown, request: object): Promise<unknown>;
    syncGroup(this: unknown, request: object): Promise<unknown>;
  };
}
const Broker = createRequire(import.meta.url)('kafkajs/src/broker/index.js') as BrokerClass;

describeWithServices(['kafka'], 'a member that could not rejoin', ({ kafka }) => {
  let connection: KafkaConnection;
  const hosts: FakeHost[] = [];
  beforeAll(() => {
    connection = new KafkaConnection({ brokers: [...kafka.addresses] });
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    for (const host of hosts.splice(0)) await host.reader?.close();
  });
  afterAll(() => connection.close());

  test.each(['joinGroup', 'syncGroup'] as const)(
    'because the coordinator still loaded its groups (%s) tries again: it has given its partitions up',
    async (step) => {
      const [topic, groupId] = [uniqueName('join-failure'), uniqueName('group')];
      await connection.createTopics([{ topic, partitions: 4 }]);
      const open = async (): Promise<FakeHost> => {
        const host = new FakeHost();
        hosts.push(host);
        const options = { connection, topics: [topic], groupId, sessionTimeoutMs: 6_000, heartbeatIntervalMs: 300 };
        host.reader = await kafkaSource({ ...options, maxWaitTimeMs: 100 }).open(host);
        return host;
      };
      // What kafkajs takes neither for a rebalance nor for the consumer's death, once for the first member.
      const brokers = new Set<unknown>();
      let refusals: number | undefined;
      const ask = Broker.prototype[step];
      jest.spyOn(Broker.prototype, step).mockImplementation(function (this: unknown, request) {
        if (refusals === undefined) brokers.add(this);
        else if (refusals === 0 && brokers.has(this)) {
          refusals += 1;
          return Promise.reject(Object.assign(protocolError('GROUP_LOAD_IN_PROGRESS'), { retriable: true }));
        }
        return ask.call(this, request);
      });
      const first = await open();
      await until(() => first.leases.length === 4, 'the first member has all');
      refusals = 0;
      const second = await open();
      await until(() => refusals === 1 && hosts.every(({ leases }) => leases.length === 2), 'both have two', 30_000);

      const records = Array.from({ length: 40 }, (_, n) => ({ key: null, value: String(n), partition: n % 4 }));
      await connection.append(topic, records);
      await until(() => first.taken.length + second.taken.length === 40, 'all records');
      expect(hosts.flatMap(({ failures }) => failures)).toEqual([]);
    },
    60_000,
  );
});
