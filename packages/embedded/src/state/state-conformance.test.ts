import { describe, test } from '@jest/globals';
import { stateBackendConformance } from '@millrace/core/testing';
import { TemporaryStores } from '../../test/temporary-store.js';
import { embeddedStateBackend } from './embedded-state-backend.js';

const stores = new TemporaryStores();

describe('the state backend on LMDB does what every state backend must', () => {
  const create = async () => embeddedStateBackend({ store: await stores.open() });
  for (const { name, run } of stateBackendConformance(create)) test(name, run, 60_000);
});
