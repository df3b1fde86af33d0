import { integrityRow } from './framework/integrity-row.js';

integrityRow('control: no fault', { seconds: 60, bounded: 4, protection: 'writes no failed event' }, async (row) => {
  const scene = await row.scene();
  await scene.start();
  await scene.start();
  const feeder = scene.feed({ seconds: row.length });
  await scene.progressed();
  row.underWay();
  await feeder.done;
  row.report({ runs: 1, ...(await scene.checkEverything()) });
});
