// Keyed state on LMDB: filling it with new keys, then updates of keys that are known, after a restart.
import { embeddedStateBackend } from '@millrace/embedded';
import { keyedCount } from './keyed-count.mjs';

export const warmUp = 20_000;

export async function prepare(keys, directory) {
  const backend = embeddedStateBackend({ directory });
  const { fill, update, units } = keyedCount(keys, backend, 'growth');
  const of = 'keys on LMDB';
  const measures = [
    { curve: 'new keys on LMDB', of, unit: 'key', units: units.fill, isRepeatable: false, run: fill },
    { curve: 'updates of keys on LMDB', of, unit: 'update', units: units.update, isRepeatable: false, run: update },
  ];
  return { measures, close: () => backend.close() };
}
