import { afterAll, beforeAll } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { startIntegrityServices, stopIntegrityServices } from './framework/services.js';
import { registeredRows } from './framework/integrity-row.js';

// All rows in one file, so that they share one set of services, which costs half a minute to start. The control goes
// first: where that fails, no other row means anything.
const rows = readdirSync(join(process.cwd(), 'test', 'integrity'))
  .filter((name) => name.endsWith('.row.ts'))
  .sort((a, b) => Number(b === 'control.row.ts') - Number(a === 'control.row.ts') || (a < b ? -1 : 1));

beforeAll(startIntegrityServices, 300_000);
afterAll(stopIntegrityServices, 60_000);

for (const row of rows) await import(`./${row}`);
if (registeredRows() === 0) throw new Error('no row has this name');
