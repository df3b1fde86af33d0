import { test } from '@jest/globals';
import { stateBackendConformance } from '@millrace/core/testing';
import { describeWithServices, uniqueName } from '@millrace/testing';

import { redisStateBackend } from './redis-state-backend.js';

describeWithServices(['redis'], 'the state backend on redis does what every state backend must', ({ redis }) => {
  const connection = { host: redis.host, port: redis.port };
  for (const [how, limits] of [
    ['in one step', {}],
    ['in steps of a few entries', { maxScriptEntries: 7 }],
  ] as const) {
    const keyPrefix = `${uniqueName('conformance')}:`;
    const create = () => Promise.resolve(redisStateBackend({ connection, keyPrefix, ...limits }));
    for (const { name, run } of stateBackendConformance(create)) test(`${name}, ${how}`, run, 180_000);
  }
});
