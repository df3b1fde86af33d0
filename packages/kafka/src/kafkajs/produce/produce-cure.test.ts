import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import { SinkMessage } from '../../sink/message.js';
import { BatchMessages, RecordList } from './batch-messages.js';
import { cureProducer } from './produce-cure.js';
import { producerMessages } from './producer-messages.js';

const real = createRequire(import.meta.url);

const Encoder = real('kafkajs/src/protocol/encoder.js') as new () => object;

interface Definition {
  readonly request: { apiVersion?: number; encode(): Promise<{ buffer: Buffer }> };
}
type Protocol = (options: { version: number }) => (args: object) => Definition;

const group = real('kafkajs/src/producer/groupMessagesPerPartition.js') as (options: object) => unknown;

/** What the cure requires: kafkajs's own modules in a `produce` that is not the shared one, but for what is `given`. */
function library(given: { version?: string; protocol?: unknown; group?: unknown; encoder?: unknown } = {}) {
  const defined: { version: number; args: object }[] = [];
  // The shared definition may be cured already; its parts never are.
  const published: Protocol = ({ version }) => {
    const define = real(`kafkajs/src/protocol/requests/produce/v${String(version)}/request.js`) as (
      args: object,
    ) => Definition['request'];
    return (args) => {
      defined.push({ version, args });
      return { request: define(args) };
    };
  };
  const produce = { protocol: 'protocol' in given ? given.protocol : published };
  const modules: Record<string, unknown> = {
    'kafkajs/package.json': { version: given.version ?? '2.2.4' },
    'kafkajs/src/protocol/requests/produce/index.js': produce,
    'kafkajs/src/producer/groupMessagesPerPartition.js': given.group ?? group,
    // A class of its own: the one of kafkajs stays as it is for the other tests.
    'kafkajs/src/protocol/encoder.js': 'encoder' in given ? given.encoder : class extends Encoder {},
  };
  const load = ((id: string) => modules[id] ?? (real(id) as unknown)) as unknown as NodeJS.Require;
  return { load, produce: produce as { protocol: Protocol }, published, defined };
}

const record = new SinkMessage({ key: 'k', value: 'v', timestamp: 1_700_000_000_000 });
const request = (messages: unknown, more: object = {}) => ({
  ...{ acks: -1, timeout: 30_000, ...more },
  topicData: [{ topic: 't', partitions: [{ partition: 0, messages }] }],
});

describe('the cure of the producer', () => {
  test('is applied to the version that it knows, once', () => {
    const { load, produce } = library();
    expect(cureProducer(load)).toEqual({ version: '2.2.4', applied: true });
    const { protocol } = produce;
    expect(cureProducer(load).applied).toBe(true);
    expect(produce.protocol).toBe(protocol);
  });

  test('leaves every other version alone, and one whose parts are others', () => {
    const other = library({ version: '2.2.5' });
    expect(cureProducer(other.load)).toEqual({ version: '2.2.5', applied: false });
    expect(other.produce.protocol).toBe(other.published);
    for (const given of [
      { protocol: undefined },
      { protocol: () => undefined },
      { protocol: () => () => ({ request: { apiName: 'Other', encode: () => undefined } }) },
      { group: () => ({}) },
      { encoder: { prototype: {} } },
    ]) {
      const { load, produce } = library(given);
      const { protocol } = produce;
      expect(cureProducer(load).applied).toBe(false);
      expect(produce.protocol).toBe(protocol);
    }
  });

  test('lists of this package are encoded here, messages of others by kafkajs: the same bytes', async () => {
    const { load, produce, published } = library();
    cureProducer(load);
    const mine = request(new RecordList([record, record]));
    const message = { key: 'k', value: 'v', timestamp: '1700000000000' };
    const others = request([message, message]);
    const expected = (await published({ version: 7 })(others).request.encode()).buffer;
    for (const version of [3, 5, 7]) {
      const cured = produce.protocol({ version })(mine).request;
      expect(cured.apiVersion).toBe(version);
      expect((await cured.encode()).buffer).toEqual(expected);
      expect((await produce.protocol({ version })(others).request.encode()).buffer).toEqual(expected);
    }
  });

  test('a broker from before record batches gets the messages from kafkajs', async () => {
    const { load, produce, defined } = library();
    cureProducer(load);
    await produce
      .protocol({ version: 2 })(request(new RecordList([record]), { compression: 0 }))
      .request.encode();
    expect(defined.at(-1)).toMatchObject({
      version: 2,
      args: { topicData: [{ partitions: [{ messages: [{ value: 'v', timestamp: '1700000000000' }] }] }] },
    });
  });

  test('kafkajs’s grouping gives the lists back by partition', () => {
    const messages = new BatchMessages([
      { partition: 3, records: [record] },
      { partition: 0, records: [record, record] },
    ]);
    const grouped = group({ topic: 't', partitionMetadata: [{}], messages, partitioner: () => 9 }) as object;
    expect(Object.entries(grouped).map(([partition, list]) => [partition, (list as RecordList).length])).toEqual([
      ['0', 2],
      ['3', 1],
    ]);
  });

  test('without the cure each record becomes a message, its partition said', () => {
    const headers = { a: ['1', '2'], __proto__: 'x' };
    const rich = new SinkMessage({ key: 'k', value: null, headers, timestamp: 0 });
    const bare = new SinkMessage({ key: null, value: 'v' });
    expect(producerMessages([{ partition: 1, records: [rich] }, { partition: 0, records: [bare] }], false)).toEqual([
      { key: 'k', value: null, timestamp: '0', partition: 1, headers: { a: [Buffer.from('1'), Buffer.from('2')] } },
      { key: null, value: 'v', partition: 0 },
    ]); // prettier-ignore
  });
});
