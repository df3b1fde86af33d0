import { afterEach, expect, test } from '@jest/globals';
import { describeWithServices, uniqueName } from '@millrace/testing';
import { sinkHost } from '../../test/sink-host.js';
import { kafkaSink } from '../sink/kafka-sink.js';
import { KafkaConnection } from './kafka-connection.js';
import type { KafkaSaslOptions } from './options.js';

const jaas =
  'org.apache.kafka.common.security.plain.PlainLoginModule required ' +
  'username="broker" password="broker-secret" user_broker="broker-secret" user_alice="alice-secret";';

describeWithServices(
  ['kafka'],
  'a broker that asks for credentials',
  (services) => {
    const opened: KafkaConnection[] = [];
    const connect = (sasl?: KafkaSaslOptions): KafkaConnection => {
      const connection = new KafkaConnection({ brokers: [...services.kafka.addresses], ...(sasl && { sasl }) });
      opened.push(connection);
      return connection;
    };
    afterEach(async () => {
      for (const connection of opened.splice(0)) await connection.close();
    });

    test('takes the right ones', async () => {
      const connection = connect({ mechanism: 'plain', username: 'alice', password: 'alice-secret' });
      await connection.waitUntilReachable(30_000);
      const topic = uniqueName('access');
      await connection.createTopics([{ topic, partitions: 1 }]);
      expect(await connection.append(topic, [{ key: 'k', value: 'v' }])).toBe(1);
    });

    test('refuses wrong ones at once, and the message has no secret in it', async () => {
      const connection = connect({ mechanism: 'plain', username: 'alice', password: 'wrong-secret' });
      const begun = Date.now();
      const error = await connection.waitUntilReachable(30_000).catch((thrown: unknown) => thrown as Error);
      expect(error).toMatchObject({ code: 'ERR_KAFKA_ACCESS' });
      expect(Date.now() - begun).toBeLessThan(5_000);
      expect((error as Error).message).toContain(services.kafka.addresses[0]);
      expect((error as Error).message).not.toMatch(/secret|\n/);
      await expect(kafkaSink({ connection, topic: 't' }).open(sinkHost())).rejects.toMatchObject({
        code: 'ERR_KAFKA_ACCESS',
      });
    });

    test('refuses a mechanism that it does not speak', async () => {
      const connection = connect({ mechanism: 'scram-sha-256', username: 'alice', password: 'alice-secret' });
      await expect(connection.waitUntilReachable(30_000)).rejects.toMatchObject({ code: 'ERR_KAFKA_ACCESS' });
    });

    test('cannot be reached without any', async () => {
      await expect(connect().waitUntilReachable(1_500)).rejects.toMatchObject({ code: 'ERR_SERVICE_UNAVAILABLE' });
    });
  },
  {
    own: true,
    kafkaProperties: {
      'listener.security.protocol.map': 'PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT',
      'sasl.enabled.mechanisms': 'PLAIN',
      'sasl.mechanism.inter.broker.protocol': 'PLAIN',
      'listener.name.plaintext.plain.sasl.jaas.config': jaas,
    },
  },
);
