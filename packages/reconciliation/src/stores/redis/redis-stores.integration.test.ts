import { afterAll, beforeAll } from '@jest/globals';
import { RedisConnection, RedisSets } from '@millrace/redis';
import { describeWithServices } from '@millrace/testing';
import { relationStoreConformance } from '../relation-store.conformance.js';
import { RedisRelationStore } from './relation-store.js';

/** A database that no other suite uses. */
const DATABASE = 11;

describeWithServices(['redis'], 'the relation cache in Redis', ({ redis }) => {
  let connection: RedisConnection;

  beforeAll(async () => {
    connection = new RedisConnection({ host: redis.host, port: redis.port, db: DATABASE });
    await connection.connect({ timeoutMs: 30_000 });
  });

  afterAll(async () => {
    await connection.close();
  });

  relationStoreConformance('Redis', () => {
    const sets = new RedisSets(connection);
    return Promise.resolve({
      store: new RedisRelationStore(sets),
      async replace(relations) {
        await Promise.all(relations.map(({ key, members }) => sets.replace(key, members)));
      },
      async spoil(key) {
        await connection.exec([{ atomic: false, commands: [['SET', key, 'a string']] }]);
      },
      close: () => Promise.resolve(),
    });
  });
});
