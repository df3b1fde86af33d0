// services: none
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificatesObstacle, createCertificates, type TestCertificates } from '../certificates.js';
import { describeWithServices } from '../jest/describe-with-services.js';
import { isRunning } from '../process-table.js';
import { probe } from '../probe.js';
import { kafkaClusterObstacle, startKafkaCluster, type KafkaCluster } from './kafka-cluster.js';

describeWithServices(
  ['kafka'],
  'a Kafka whose listener speaks TLS and asks for a client certificate',
  (services) => {
    let others: TestCertificates;
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'millrace-certificates-'));
      others = await createCertificates(folder);
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    test('answers a client that has its certificates, also after a restart', async () => {
      const { host, port, certificates } = services.kafka;
      await probe('kafka', host, port, 10_000, certificates);
      await services.kafka.restart();
      await probe('kafka', host, port, 10_000, services.kafka.certificates);
    }, 120_000);

    test('is not trusted by a client of another authority, and answers none without TLS', async () => {
      const { host, port, certificates } = services.kafka;
      const distrustful = { ...certificates!, ca: certificates!.otherCa };
      await expect(probe('kafka', host, port, 10_000, distrustful)).rejects.toThrow('cannot be reached');
      await expect(probe('kafka', host, port, 10_000)).rejects.toThrow();
    });

    test('refuses a client certificate that its authority did not sign', async () => {
      const { host, port, certificates } = services.kafka;
      const stranger = { ...certificates!, clientCert: others.clientCert, clientKey: others.clientKey };
      await expect(probe('kafka', host, port, 10_000, stranger)).rejects.toThrow();
    });
  },
  { own: true, kafkaSecurity: { tls: 'client-certificate' } },
);

const obstacle = kafkaClusterObstacle() ?? certificatesObstacle();
const describeCluster = obstacle === undefined ? describe : describe.skip;

describeCluster(`three Kafka brokers${obstacle === undefined ? '' : ` (not run: ${obstacle})`}`, () => {
  let cluster: KafkaCluster;
  beforeAll(async () => {
    cluster = await startKafkaCluster({ brokers: 3 });
  }, 300_000);
  afterAll(() => cluster.stop(), 60_000);

  test('each answers; one can be lost, comes back on its port, and the others live on', async () => {
    expect(new Set(cluster.addresses).size).toBe(3);
    const [first, ...others] = cluster.brokers;
    await first!.kill();
    for (const { host, port } of others) await probe('kafka', host, port, 10_000);
    await first!.restart();
    await probe('kafka', first!.host, first!.port, 10_000);
    expect(cluster.brokers.every(({ pid }) => isRunning(pid ?? 0))).toBe(true);
  }, 120_000);
});
