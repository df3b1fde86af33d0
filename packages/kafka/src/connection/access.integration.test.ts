import { afterEach, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { describeWithServices, type KafkaSecurity, type ServiceHandles, uniqueName } from '@millrace/testing';
import { FakeHost, until } from '../../test/fake-host.js';
import { sinkHost } from '../../test/sink-host.js';
import { kafkaSink } from '../sink/kafka-sink.js';
import { kafkaSource } from '../source/kafka-source.js';
import { KafkaConnection } from './kafka-connection.js';
import type { KafkaConnectionOptions, KafkaSaslOptions, KafkaTlsOptions } from './options.js';

const password = 'alice-secret';
const mechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;
const login = (mechanism: (typeof mechanisms)[number], secret = password): KafkaSaslOptions => ({
  ...{ mechanism, username: 'alice', password: secret },
});
const sasl = { mechanisms, users: { alice: password } };

/** A suite with a Kafka of its own, and connections that are closed after each test. */
function describeKafka(
  title: string,
  kafkaSecurity: KafkaSecurity,
  body: (
    connect: (options?: Partial<KafkaConnectionOptions>) => KafkaConnection,
    services: ServiceHandles<'kafka'>,
  ) => void,
): void {
  describeWithServices(
    ['kafka'],
    title,
    (services) => {
      const opened: KafkaConnection[] = [];
      afterEach(async () => {
        for (const connection of opened.splice(0)) await connection.close();
      });
      const connect = (options: Partial<KafkaConnectionOptions> = {}): KafkaConnection => {
        const connection = new KafkaConnection({ brokers: [...services.kafka.addresses], ...options });
        opened.push(connection);
        return connection;
      };
      body(connect, services);
    },
    { own: true, kafkaSecurity },
  );
}

/** Sink, source, group and administration: each has connections of its own. */
async function worksThrough(connection: KafkaConnection): Promise<void> {
  await connection.waitUntilReachable(30_000);
  const topic = uniqueName('access');
  await connection.createTopics([{ topic, partitions: 1 }]);
  expect(await connection.append(topic, [{ key: 'k', value: 'v' }])).toBe(1);
  const host = new FakeHost();
  host.reader = await kafkaSource({ connection, topics: [topic], groupId: uniqueName('group') }).open(host);
  try {
    await until(() => host.taken.length === 1, 'the record is read');
    await host.commit();
    expect(host.failures).toEqual([]);
  } finally {
    await host.reader.close();
  }
}

/** Start-up check, source and sink end with this code, at once, in one line with the address and no secret. */
async function refused(connection: KafkaConnection, code: string): Promise<void> {
  const open = [
    () => connection.waitUntilReachable(600_000),
    () => kafkaSource({ connection, topics: ['t'], groupId: 'g', openTimeoutMs: 600_000 }).open(new FakeHost()),
    () => kafkaSink({ connection, topic: 't', openTimeoutMs: 600_000 }).open(sinkHost()),
  ];
  for (const each of open) {
    const error = await each().catch((thrown: unknown) => thrown as Error);
    expect(error).toMatchObject({ code });
    expect((error as Error).message).toContain(connection.address);
    expect((error as Error).message).not.toMatch(/secret|\n/);
  }
}

describeKafka('a broker that asks for credentials', { sasl }, (connect) => {
  test.each(mechanisms)('takes the right ones: %s', async (mechanism) => {
    await worksThrough(connect({ sasl: login(mechanism) }));
  });

  test.each(mechanisms)('refuses wrong ones at once, with no secret in the message: %s', async (mechanism) => {
    await refused(connect({ sasl: login(mechanism, 'wrong-secret') }), 'ERR_KAFKA_ACCESS');
  });

  test('cannot be reached without any, or with TLS; the message says where to look', async () => {
    const unavailable = { code: 'ERR_SERVICE_UNAVAILABLE', message: expect.stringMatching(/TLS.*login/) as unknown };
    await expect(connect().waitUntilReachable(4_000)).rejects.toMatchObject(unavailable);
    const encrypted = connect({ sasl: login('plain'), ssl: true });
    await expect(encrypted.waitUntilReachable(4_000)).rejects.toMatchObject(unavailable);
  });
});

describeKafka('a broker that speaks one mechanism only', { sasl: { ...sasl, mechanisms: ['plain'] } }, (connect) => {
  test('refuses another', async () => {
    await refused(connect({ sasl: login('scram-sha-256') }), 'ERR_KAFKA_ACCESS');
  });
});

describeKafka('a broker that speaks TLS and asks for credentials', { tls: true, sasl }, (connect, services) => {
  const pem = (name: 'ca' | 'otherCa'): string => readFileSync(services.kafka.certificates![name], 'utf8');

  test.each(mechanisms)('takes the right ones from who trusts its authority: %s', async (mechanism) => {
    await worksThrough(connect({ sasl: login(mechanism), ssl: { ca: pem('ca') } }));
  });

  test('is not trusted by who trusts another authority, or the well-known ones; the password stays here', async () => {
    await refused(connect({ sasl: login('plain'), ssl: { ca: pem('otherCa') } }), 'ERR_KAFKA_TLS');
    await refused(connect({ sasl: login('plain'), ssl: true }), 'ERR_KAFKA_TLS');
  });

  test('is not trusted under another name than the one in its certificate', async () => {
    const ssl: KafkaTlsOptions = { ca: pem('ca'), servername: 'kafka.example' };
    await refused(connect({ sasl: login('plain'), ssl }), 'ERR_KAFKA_TLS');
    await worksThrough(connect({ sasl: login('plain'), ssl: { ca: pem('ca'), servername: 'localhost' } }));
  });

  test('refuses wrong credentials at once', async () => {
    await refused(
      connect({ sasl: login('scram-sha-512', 'wrong-secret'), ssl: { ca: pem('ca') } }),
      'ERR_KAFKA_ACCESS',
    );
  });

  test('cannot be reached without TLS; the message says where to look', async () => {
    await expect(connect({ sasl: login('plain') }).waitUntilReachable(4_000)).rejects.toMatchObject({
      code: 'ERR_SERVICE_UNAVAILABLE',
      message: expect.stringMatching(/TLS.*login/) as unknown,
    });
  });
});

describeKafka('a broker that asks for a client certificate', { tls: 'client-certificate' }, (connect, services) => {
  const pem = (name: 'ca' | 'clientCert' | 'clientKey'): string =>
    readFileSync(services.kafka.certificates![name], 'utf8');

  test('takes one that its authority signed', async () => {
    await worksThrough(connect({ ssl: { ca: pem('ca'), cert: pem('clientCert'), key: pem('clientKey') } }));
  });

  test('refuses a client without one', async () => {
    await refused(connect({ ssl: { ca: pem('ca') } }), 'ERR_KAFKA_TLS');
  });
});
