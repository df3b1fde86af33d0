import type { Cluster, Kafka as KafkaClient, KafkaConfig } from 'kafkajs';
import type { Logger } from '@millrace/core';
import { Kafka, logLevel, PartitionAssigners } from '../kafkajs/library.js';
import { logTo } from '../kafkajs/logging.js';
import { openSocket } from '../kafkajs/sockets.js';
import type { KafkaConnectionOptions } from './options.js';

/**
 * A kafkajs client. Each consumer gets one of its own: the clients' cache of committed offsets is shared by group name,
 * and two consumers of one group in a process would empty it under each other.
 */
export function createClient(options: KafkaConnectionOptions, logger: Logger): KafkaClient {
  const { sasl } = options;
  const config: KafkaConfig = {
    brokers: [...options.brokers],
    clientId: options.clientId ?? 'millrace',
    ssl: options.ssl === undefined ? false : options.ssl,
    connectionTimeout: options.connectionTimeoutMs ?? 5_000,
    requestTimeout: options.requestTimeoutMs ?? 30_000,
    enforceRequestTimeout: true,
    socketFactory: openSocket,
    // Few tries with short waits: whoever calls has a loop and a deadline of its own.
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 2 },
    logLevel: logLevel.INFO,
    logCreator: logTo(logger),
  };
  if (sasl !== undefined) {
    const { username, password } = sasl;
    // One object for each mechanism: kafkajs's type is a union by mechanism.
    if (sasl.mechanism === 'plain') config.sasl = { mechanism: 'plain', username, password };
    else if (sasl.mechanism === 'scram-sha-256') config.sasl = { mechanism: 'scram-sha-256', username, password };
    else config.sasl = { mechanism: 'scram-sha-512', username, password };
  }
  return new Kafka(config);
}

/**
 * A connected cluster without a group: kafkajs hands it to the assigners of a consumer, and this consumer never joins.
 *
 * @param isolation what ListOffsets takes for the end of a partition
 */
export async function openCluster(
  client: KafkaClient,
  topics: readonly string[],
  isolation: 'committed' | 'uncommitted' = 'committed',
): Promise<Cluster> {
  let cluster: Cluster | undefined;
  client.consumer({
    groupId: 'never joined',
    allowAutoTopicCreation: false,
    readUncommitted: isolation === 'uncommitted',
    partitionAssigners: [
      (config) => {
        cluster = config.cluster;
        return PartitionAssigners.roundRobin(config);
      },
    ],
  });
  if (cluster === undefined) throw new Error('kafkajs made a consumer without asking for its assigner');
  await cluster.connect();
  await cluster.addMultipleTargetTopics([...topics]);
  await cluster.refreshMetadata();
  return cluster;
}
