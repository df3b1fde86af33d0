import { beforeEach, describe, expect, test } from '@jest/globals';
import { silentLogger } from '@millrace/core';
import { ManualClock } from '@millrace/core/testing';
import { FakeProducer } from '../../test/fake-producer.js';
import { settleHub, writerOptions } from '../../test/hub-world.js';
import { ProducerHub } from './producer-hub.js';
import type { TopicWriter } from './topic-writer.js';

describe('a producer that is closed while it is at work', () => {
  let clock: ManualClock;
  let first: FakeProducer;
  let second: FakeProducer;
  let hub: ProducerHub;
  let done: string[];

  beforeEach(() => {
    clock = new ManualClock();
    [first, second] = [new FakeProducer(), new FakeProducer()];
    const all = [first, second];
    hub = new ProducerHub(() => all.shift()!, clock, silentLogger);
    done = [];
  });

  const writer = (): TopicWriter => hub.open(writerOptions(), undefined);

  const write = (to: TopicWriter, value: string): void => {
    to.write({ key: null, value, partition: 0 }, { done: () => done.push(value), failed: () => undefined });
  };

  const settle = (forMs = 0): Promise<void> => settleHub(clock, forMs);

  /** A writer is closed while its request is in flight. */
  const closeInFlight = async (): Promise<{ readonly answer: () => void; readonly closed: Promise<void> }> => {
    let answer = (): void => undefined;
    first.gate = new Promise((resolve) => (answer = resolve));
    const to = writer();
    write(to, 'a');
    await settle();
    return { answer, closed: to.close() };
  };

  test('while it connects: nothing stays connected, and the next writer has a producer that is', async () => {
    let connected = (): void => undefined;
    first.connecting = new Promise((resolve) => (connected = resolve));
    const failing = writer();
    write(failing, 'a');
    await settle();
    const closed = failing.close();
    write(writer(), 'b');
    connected();
    await settle(1_000);
    await closed;
    expect(done).toEqual(['b']);
    expect(first).toMatchObject({ isConnected: false, requests: [] });
    expect(second).toMatchObject({ isConnected: true, requests: [{ 't-0': ['b'] }] });
  });

  test('while a request is in flight: disconnected behind its end, not under it', async () => {
    const { answer, closed } = await closeInFlight();
    await settle(1_000);
    expect(first.disconnects).toBe(0);
    answer();
    await settle();
    await closed;
    expect(first.disconnects).toBe(1);
  });

  test('while a request hangs: cut off after two seconds, and what it has opened by its end is closed too', async () => {
    const { answer, closed } = await closeInFlight();
    await settle(2_000);
    await closed;
    expect(first).toMatchObject({ disconnects: 1, isConnected: false });
    first.isConnected = true; // kafkajs connects to another leader for it
    answer();
    await settle();
    expect(first).toMatchObject({ disconnects: 2, isConnected: false });
  });
});
