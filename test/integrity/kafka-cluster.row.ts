import { setTimeout as sleep } from 'node:timers/promises';
import { startKafkaCluster } from '@millrace/testing';
import { integrityRow } from './framework/integrity-row.js';

/** For everything that is waited for: a loaded machine starts a process in half a minute. */
const LIMIT_MS = 120_000;

// One in turn: each of the three leads partitions of every topic, and one of them coordinates the group. The job writes
// its failed events with a key or without, as they came; certificates and audit events with one.
integrityRow(
  'kafka: leaders and coordinator lost among three',
  { seconds: 90, bounded: 9, protection: 'takes a write that failed for done' },
  async (row) => {
    const cluster = await startKafkaCluster({ brokers: 3 });
    row.onEnd(() => cluster.stop());
    const scene = await row.scene({ kafka: { addresses: cluster.addresses, replicationFactor: 3 } });
    await scene.start();
    await scene.start();
    scene.feed();
    await scene.progressed(50, LIMIT_MS);
    row.underWay();
    const begun = performance.now();
    let runs = 0;
    let recoverySeconds = 0;
    do {
      for (const broker of cluster.brokers) {
        await broker.kill();
        const lost = performance.now();
        await scene.progressed(20, LIMIT_MS);
        recoverySeconds = Math.max(recoverySeconds, Math.round((performance.now() - lost) / 100) / 10);
        await sleep(row.seconds(10) * 1_000);
        await broker.restart();
        await scene.progressed(20, LIMIT_MS);
        runs += 1;
      }
    } while (performance.now() - begun < row.length * 1_000);
    const found = await scene.checkEverything({
      allow: [/cannot be reached/, /were not committed/],
      drainTimeoutMs: LIMIT_MS,
    });
    row.report({ runs, recoverySeconds, note: 'recovery from the loss, the two others running', ...found });
  },
);
