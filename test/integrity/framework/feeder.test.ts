import { expect, test } from '@jest/globals';
import type { KafkaConnection } from '@millrace/kafka';
import { Scene } from './scene.js';

test('a feeder that dies fails what waits for what it feeds, with its reason', async () => {
  const append = (): Promise<never> => Promise.reject(new Error('the topic is gone'));
  const scene = new Scene({
    ...{ env: 'made-up', learners: 4, keyspace: 'none', options: [], disposals: [] },
    services: {} as never,
    clients: { kafka: { append } as unknown as KafkaConnection, session: {} as never, redis: {} as never },
  });
  scene.feed();
  await expect(scene.until('something comes', 600_000, () => false)).rejects.toThrow(
    'the feeder died: the topic is gone',
  );
});
