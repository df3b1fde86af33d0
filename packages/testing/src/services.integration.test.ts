import { expect, test } from '@jest/globals';
import { describeWithServices } from './jest/describe-with-services.js';
import { isRunning } from './process-table.js';
import { probe } from './probe.js';

describeWithServices(['kafka', 'cassandra', 'redis'], 'services of the run', (services) => {
  test.each(['kafka', 'cassandra', 'redis'] as const)('%s answers in its own protocol', async (name) => {
    const { host, port } = services[name];
    await probe(name, host, port);
  });
});

for (const name of ['kafka', 'cassandra', 'redis'] as const) {
  describeWithServices(
    [name],
    `a ${name} of one's own`,
    (services) => {
      test('does not answer while paused, and answers again when resumed', async () => {
        const service = services[name];
        await service.pause();
        await expect(probe(name, service.host, service.port, 500)).rejects.toThrow('did not answer');
        await service.resume();
        await probe(name, service.host, service.port, 10_000);
      }, 30_000);

      test('is gone after kill, and answers on the same port after restart', async () => {
        const service = services[name];
        const { pid } = service;
        expect(pid).toBeDefined();
        await service.kill();
        expect(isRunning(pid ?? 0)).toBe(false);
        expect(service.pid).toBeUndefined();
        await expect(probe(name, service.host, service.port, 500)).rejects.toThrow('cannot be reached');
        await service.restart();
        expect(service.pid).not.toBe(pid);
        await probe(name, service.host, service.port);
      }, 180_000);
    },
    { own: true },
  );
}
