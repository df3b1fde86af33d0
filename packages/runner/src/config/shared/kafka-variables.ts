import { integer, list, text } from '../define.js';
import { hostAndPort } from '../syntax.js';
import { tlsVariables } from './tls.js';

/** How Kafka is reached. Topics and groups are the job's own. */
export const kafkaVariables = {
  'kafka.broker-servers': list({
    doc: 'Kafka brokers to begin with, `host:port` separated by commas.',
    default: [],
    syntax: hostAndPort,
  }),
  'kafka.auto.offset.reset': text({
    doc: 'Where a group without committed offsets begins.',
    default: 'earliest',
    allowed: ['earliest', 'latest'],
  }),
  ...tlsVariables('kafka', 'Kafka'),
  'kafka.sasl.mechanism': text({
    doc: 'How to log in to Kafka; no login where unset.',
    allowed: ['plain', 'scram-sha-256', 'scram-sha-512'],
  }),
  'kafka.sasl.username': text({ doc: 'User name for Kafka.' }),
  'kafka.sasl.password': text({ doc: 'Password for Kafka.', secret: true }),
  'kafka.producer.max-request-size': integer({
    doc: "Of Flink's producer.",
    default: 1_572_864,
    unit: 'bytes',
    noEffect: true,
  }),
  'kafka.producer.batch.size': integer({
    doc: "Of Flink's producer.",
    default: 98_304,
    unit: 'bytes',
    noEffect: true,
  }),
  'kafka.producer.linger.ms': integer({ doc: "Of Flink's producer.", default: 10, unit: 'ms', noEffect: true }),
};
