import { afterAll, afterEach, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaConnection } from '@millrace/kafka';
import { describeWithServices, uniqueName } from '@millrace/testing';
import { CountingProcess } from '../support/counting-process.js';

const PARTITIONS = 4;
const KEYS = Array.from({ length: 200 }, (_, index) => `learner-${String(index)}`);

describeWithServices(['kafka', 'redis'], 'state on Redis and partitions that move', ({ kafka, redis }) => {
  const connection = new KafkaConnection({ brokers: [...kafka.addresses] });
  const processes: CountingProcess[] = [];
  afterEach(async () => {
    for (const each of processes) each.send('SIGKILL');
    await Promise.all(processes.map((each) => each.ended));
  });
  afterAll(() => connection.close());

  async function until(condition: () => boolean, what: string): Promise<void> {
    const deadline = Date.now() + 120_000;
    while (!condition()) {
      if (Date.now() > deadline) {
        throw new Error(`not so: ${what}\n${processes.map((each) => each.log).join('\n----\n')}`);
      }
      await sleep(20);
    }
  }

  test('counts of all keys are exact, and the writes of a process that was paused are refused', async () => {
    const topic = uniqueName('counted');
    const job = {
      brokers: kafka.addresses,
      redis: { host: redis.host, port: redis.port },
      topic,
      keyPrefix: `${topic}:`,
    };
    const start = (name: string): CountingProcess => {
      const created = new CountingProcess(name, job);
      processes.push(created);
      return created;
    };
    await connection.createTopics([{ topic, partitions: PARTITIONS }]);

    const expected = new Map(KEYS.map((key) => [key, 0]));
    let isLoaded = false;
    const load = (async () => {
      for (let round = 0; !isLoaded; round += 1) {
        const keys = Array.from({ length: 300 }, (_, index) => KEYS[(round * 7 + index * index) % KEYS.length]!);
        await connection.append(
          topic,
          keys.map((key) => ({ key, value: '+' })),
        );
        for (const key of keys) expected.set(key, expected.get(key)! + 1);
        await sleep(50);
      }
    })();

    const first = start('first');
    await until(() => first.claimedSince(0).size === PARTITIONS, 'the first has all partitions');
    const second = start('second');
    await until(() => second.claimedSince(0).size >= PARTITIONS / 2, 'the second has half of them');
    let seen = first.events.length;
    second.send('SIGTERM');
    await until(() => first.claimedSince(seen).size === PARTITIONS, 'the first has them back after a stop');
    expect(await second.ended).toBe(0);

    const third = start('third');
    await until(() => third.claimedSince(0).size >= PARTITIONS / 2, 'the third has half of them');
    seen = first.events.length;
    third.send('SIGKILL');
    await until(() => first.claimedSince(seen).size === PARTITIONS, 'the first has them back after a kill');

    const fourth = start('fourth');
    await until(() => fourth.claimedSince(0).size >= PARTITIONS / 2, 'the fourth has half of them');
    seen = fourth.events.length;
    first.send('SIGSTOP');
    await until(() => fourth.claimedSince(seen).size === PARTITIONS, 'the fourth has all while the first is paused');
    first.send('SIGCONT');
    const answers = (): (string | undefined)[] =>
      first.events.filter(({ event }) => event === 'refused' || event === 'zombie wrote').map(({ code }) => code);
    await until(() => answers().length === PARTITIONS, 'the zombie has its answers');
    expect(answers()).toEqual(Array.from({ length: PARTITIONS }, () => 'ERR_STATE_FENCED'));
    seen = first.events.length;
    await until(() => first.claimedSince(seen).size >= PARTITIONS / 2, 'the first is a member again');

    isLoaded = true;
    await load;
    await connection.append(
      topic,
      KEYS.map((key) => ({ key, value: '?' })),
    );
    const counts = (): CountingProcess['events'] =>
      processes.flatMap((each) => each.events).filter(({ event }) => event === 'count');
    await until(() => new Set(counts().map(({ key }) => key)).size === KEYS.length, 'every key has its count');
    for (const { key, count } of counts()) expect({ key, count }).toEqual({ key, count: expected.get(key!) });
    first.send('SIGTERM');
    fourth.send('SIGTERM');
    expect(await Promise.all([first.ended, fourth.ended])).toEqual([0, 0]);
  }, 300_000);
});
