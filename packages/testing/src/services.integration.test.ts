import { expect, test } from '@jest/globals';
import { describeWithServices } from './jest/describe-with-services.js';
import { uniqueName } from './names.js';
import { isRunning } from './process-table.js';
import { probe } from './probe.js';
import { rawClients } from '../test/raw-clients.js';

describeWithServices(['kafka', 'cassandra', 'redis'], 'services that all suites share', (services) => {
  test.each(['kafka', 'cassandra', 'redis'] as const)('%s answers in its own protocol', async (name) => {
    const { host, port } = services[name];
    await probe(name, host, port);
  });

  test.each(['kafka', 'cassandra', 'redis'] as const)('%s may not be broken', async (name) => {
    await expect(services[name].kill()).rejects.toMatchObject({ code: 'ERR_SERVICE_NOT_CONTROLLABLE' });
  });
});

for (const name of ['kafka', 'cassandra', 'redis'] as const) {
  describeWithServices(
    [name],
    `${name} of one suite alone`,
    (services) => {
      const { write, has } = rawClients[name];

      test('while paused it does not answer, after resume it does', async () => {
        const service = services[name];
        await service.pause();
        await expect(probe(name, service.host, service.port, 500)).rejects.toThrow('did not answer');
        await service.resume();
        await probe(name, service.host, service.port, 10_000);
      }, 30_000);

      test('after kill and restart it answers on the same port and has what was acknowledged', async () => {
        const service = services[name];
        const { pid, port } = service;
        const trace = uniqueName('kept');
        await write(port, trace);
        await service.kill();
        expect(isRunning(pid ?? 0)).toBe(false);
        expect(service.pid).toBeUndefined();
        await expect(probe(name, service.host, port, 500)).rejects.toThrow('cannot be reached');
        await service.restart();
        expect(service.pid).not.toBe(pid);
        expect(service.port).toBe(port);
        expect(await has(port, trace)).toBe(true);
        expect(await has(port, uniqueName('never_written'))).toBe(false);
      }, 180_000);
    },
    { own: true },
  );
}
