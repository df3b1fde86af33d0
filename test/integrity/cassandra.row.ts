import { setTimeout as sleep } from 'node:timers/promises';
import { startFaultProxy } from '@millrace/testing';
import { integrityRow } from './framework/integrity-row.js';
import { createTables } from '../support/world.js';
import { failuresOf } from './framework/failures.js';
import { tableCopy } from './framework/table-copy.js';

integrityRow(
  'cassandra: paused',
  { seconds: 60, protection: 'takes an outage of Cassandra for the fault of the request' },
  async (row) => {
    const scene = await row.scene();
    await scene.start();
    scene.feed();
    await scene.progressed(100);
    row.underWay();
    await row.services.cassandra.pause();
    await sleep(row.length * 1_000);
    await row.services.cassandra.resume();
    const recoverySeconds = await scene.recovery('cassandra');
    row.report({ runs: 1, recoverySeconds, ...(await scene.checkEverything()) });
  },
);

integrityRow(
  'cassandra: killed and restarted, prepared statements forgotten',
  { seconds: 30, bounded: 5, protection: 'takes an outage of Cassandra for the fault of the request' },
  async (row) => {
    const scene = await row.scene();
    await scene.start();
    scene.feed();
    await scene.progressed(100);
    row.underWay();
    // A node keeps them for its next start; another one behind the same address would not know them.
    await scene.session.execute('TRUNCATE system.prepared_statements');
    await row.services.cassandra.kill();
    await sleep(row.length * 1_000);
    await row.services.cassandra.restart();
    const recoverySeconds = await scene.recovery('cassandra');
    row.report({ runs: 1, recoverySeconds, ...(await scene.checkEverything()) });
  },
);

/** Opcodes of requests of the native protocol that write (or read: which of the two is inside the statement). */
const EXECUTE = 0x0a;
const BATCH = 0x0d;
/** Longer than a client waits for an answer. */
const TOO_LONG_MS = 7_000;

integrityRow(
  'cassandra: overloaded, timeouts of writes that are carried out',
  { seconds: 60, bounded: 12, protection: 'takes an outage of Cassandra for the fault of the request' },
  async (row) => {
    const { cassandra } = row.services;
    const proxy = await startFaultProxy({ target: cassandra });
    row.onEnd(() => proxy.stop());
    const scene = await row.scene({
      settings: { 'lms-cassandra.host': proxy.host, 'lms-cassandra.port': String(proxy.port) },
    });
    await scene.start();
    scene.feed({ perSecond: 40 });
    await scene.progressed(50);
    row.underWay();
    const end = performance.now() + row.length * 1_000;
    do {
      // What is under way times out; the node does all of it when it wakes up, after its client has tried again.
      await cassandra.pause();
      await sleep(TOO_LONG_MS);
      await cassandra.resume();
      for (const opcode of [BATCH, EXECUTE, BATCH]) {
        proxy.dropAnswers({ count: 1, matching: ({ request }) => request[4] === opcode });
        await sleep(500);
      }
      await proxy.heal();
      await scene.progressed();
    } while (performance.now() < end);
    const report = await scene.checkEverything();
    row.report({ runs: 1, ...report, note: `${String(proxy.dropped)} answers lost, each with its connection` });
  },
);

integrityRow(
  'cassandra: tables altered, one dropped and made again',
  { seconds: 30, bounded: 6, protection: 'takes an outage of Cassandra for the fault of the request' },
  async (row) => {
    const scene = await row.scene({ ownKeyspace: true });
    const { keyspace, session } = scene;
    const job = await scene.start();
    const feeder = scene.feed();
    await scene.progressed(50);
    row.underWay();
    const pieces = 3;
    for (let n = 0; n < pieces; n += 1) {
      await session.execute(`ALTER TABLE ${keyspace}.user_enrolments ADD extra_${String(n)} map<text, text>`);
      await session.execute(`ALTER TABLE ${keyspace}.user_activity_agg ADD extra_${String(n)} int`);
      await sleep((row.length * 500) / pieces);
      await session.execute(`ALTER TABLE ${keyspace}.user_enrolments DROP extra_${String(n)}`);
      await scene.progressed();
    }
    // What is written between the copy and the drop would be gone with the table.
    await feeder.stop();
    await scene.drained();
    const copy = await tableCopy(session, `${keyspace}.user_activity_agg`);
    await session.execute(`DROP TABLE ${keyspace}.user_activity_agg`);
    scene.feed();
    // Whatever it does about it: what it did wrong is for the checker to say.
    await scene.until('it notices that the table is gone', 180_000, async () => {
      const { unexpected } = await failuresOf(scene, 'ERR_PROCESSING');
      return unexpected.length > 0 || (await job.health())?.ok === false;
    });
    await sleep(row.length * 500);
    await createTables(row.services, keyspace);
    const recoverySeconds = await scene.recovery('cassandra');
    await copy.restore();
    row.report({ runs: 1, recoverySeconds, ...(await scene.checkEverything()) });
  },
);
