import { expect } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { RedisConnection } from '@millrace/redis';
import { startFaultProxy, startService } from '@millrace/testing';
import { millraceOk } from '../support/cli.js';
import { integrityRow } from './framework/integrity-row.js';
import { loadRelations } from './framework/load.js';
import type { Row } from './framework/row.js';
import { REDIS_DATABASE } from '../support/world.js';
import type { Scene } from './framework/scene.js';
import { failuresOf } from './framework/failures.js';

/** Every set is read from Redis: what the process remembers would hide a part of the outage. */
const UNCACHED = { 'relation.cache.expiry': '0' };
const MISSING = 'ERR_LEAF_NODES_MISSING';

integrityRow(
  'redis: killed and restarted',
  { seconds: 60, bounded: 6, protection: 'takes sets that cannot be read for empty' },
  async (row) => {
    const scene = await row.scene({ settings: UNCACHED });
    await scene.start();
    scene.feed();
    await scene.progressed(50);
    row.underWay();
    await row.services.redis.kill();
    await sleep(row.length * 1_000);
    await row.services.redis.restart();
    const recoverySeconds = await scene.recovery('redis');
    row.report({ runs: 1, recoverySeconds, ...(await scene.checkEverything()) });
  },
);

/**
 * Comes back without its data, as a cache that nobody saves does, while requests arrive; refilled after `seconds`, and
 * when it was noticed.
 */
async function restartEmpty(
  row: Row,
  scene: Scene,
  seconds: number,
  noticed: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  await scene.redis.exec([{ commands: [['FLUSHALL']], atomic: false }]);
  await row.services.redis.restart();
  await sleep(seconds * 1_000);
  await noticed();
  await scene.redis.connect({ timeoutMs: 30_000 });
  await loadRelations(scene.redis, scene.cast);
}

integrityRow(
  'redis: restarted empty, refilled within relation.cache.missing.wait',
  { seconds: 30, bounded: 6, protection: 'believes at once that leaf nodes are missing' },
  async (row) => {
    const wait = String(Math.ceil(row.length) + 20);
    const scene = await row.scene({ settings: { ...UNCACHED, 'relation.cache.missing.wait': wait } });
    await scene.start();
    // Two in twenty are of courses that have no leaf nodes: each holds a place for the whole wait.
    scene.feed({ perSecond: 20 });
    await scene.progressed(20);
    row.underWay();
    await restartEmpty(row, scene, row.length);
    const recoverySeconds = await scene.recovery('redis');
    // No request but those may fail: nothing is allowed here.
    const report = await scene.checkEverything({ drainTimeoutMs: 180_000 });
    row.report({ runs: 1, recoverySeconds, ...report });
  },
);

integrityRow(
  'redis: restarted empty, refilled too late, what failed sent back',
  { seconds: 30, bounded: 5, protection: 'goes on believing that leaf nodes are missing' },
  async (row) => {
    const settings = { ...UNCACHED, 'relation.cache.missing.wait': '1', 'relation.cache.missing.expiry': '1' };
    const scene = await row.scene({ settings });
    await scene.start();
    const feeder = scene.feed();
    await scene.progressed(50);
    row.underWay();
    const failed = async (): Promise<boolean> => (await failuresOf(scene, MISSING)).unexpected.length > 0;
    await restartEmpty(row, scene, row.length, () => scene.until('requests fail', 120_000, failed));
    await scene.progressed(50);
    await feeder.stop();
    await scene.drained();
    // The finding that they are missing stands for a second.
    await sleep(1_500);
    const before = await failuresOf(scene, MISSING);
    expect(before.unexpected.length).toBeGreaterThan(0);
    await millraceOk(['failed', 'replay', 'reconciliation', '--code', MISSING, ...scene.options]);
    const report = await scene.checkEverything({ mayFail: [MISSING] });
    const after = await failuresOf(scene, MISSING);
    // Sent back once, and only those failed again whose leaf nodes are missing for good.
    expect(after.unexpected.length).toBe(before.unexpected.length);
    expect(after.expected.length).toBe(2 * before.expected.length);
    row.report({ runs: 1, ...report, note: `${String(before.unexpected.length)} failed and were sent back` });
  },
);

integrityRow(
  'redis: failover to another server',
  { seconds: 20, bounded: 5, protection: 'takes sets that cannot be read for empty' },
  async (row) => {
    const other = await startService('redis', { sources: ['process'] });
    row.onEnd(() => other.stop());
    const proxy = await startFaultProxy({ target: row.services.redis });
    row.onEnd(() => proxy.stop());
    const settings = { ...UNCACHED, 'redis.host': proxy.host, 'redis.port': String(proxy.port) };
    const scene = await row.scene({ settings });
    const replica = new RedisConnection({ host: other.host, port: other.port, db: REDIS_DATABASE });
    row.onEnd(() => replica.close());
    await replica.connect({ timeoutMs: 30_000 });
    await loadRelations(replica, scene.cast);
    await scene.start();
    scene.feed();
    await scene.progressed(50);
    row.underWay();
    await row.services.redis.kill();
    await sleep(row.length * 1_000);
    proxy.redirect(other);
    const recoverySeconds = await scene.recovery('redis', 120_000, other);
    const report = await scene.checkEverything();
    row.report({ runs: 1, recoverySeconds, ...report });
  },
);

integrityRow(
  'redis: answers slowly, then too slowly',
  { seconds: 60, bounded: 16, protection: 'takes sets that cannot be read for empty' },
  async (row) => {
    const proxy = await startFaultProxy({ target: row.services.redis });
    row.onEnd(() => proxy.stop());
    const settings = { ...UNCACHED, 'redis.host': proxy.host, 'redis.port': String(proxy.port) };
    const scene = await row.scene({ settings });
    await scene.start();
    scene.feed({ perSecond: 40 });
    await scene.progressed(20);
    row.underWay();
    proxy.delay(200);
    await sleep((row.length * 1_000) / 2);
    await scene.progressed(20);
    // Longer than a command is waited for.
    proxy.delay(6_000);
    await sleep((row.length * 1_000) / 2);
    await proxy.heal();
    const recoverySeconds = await scene.recovery('redis');
    row.report({ runs: 1, recoverySeconds, ...(await scene.checkEverything()) });
  },
);
