import { CassandraSession } from '@millrace/cassandra';
import { KafkaConnection } from '@millrace/kafka';
import type { JobContext } from '@millrace/runner';
import type { Variables } from './config.js';

/** Not connected yet. */
export function kafkaOf({ config, clock, logger }: JobContext<Variables>): KafkaConnection {
  return new KafkaConnection({ brokers: config.get('kafka.broker-servers'), clock, logger });
}

/** Not connected yet. */
export function cassandraOf({ config, clock, logger }: JobContext<Variables>): CassandraSession {
  return new CassandraSession({
    hosts: config.get('lms-cassandra.host'),
    port: config.get('lms-cassandra.port'),
    consistency: config.get('lms-cassandra.consistency'),
    clock,
    logger,
  });
}
