// services: none
import { describe, expect, test } from '@jest/globals';
import { findContainerRuntime, startContainer } from './containers.js';
import { notRunPrefix } from './jest/describe-with-services.js';
import { probe } from './probe.js';
import { serviceNames } from './service.js';

const runtime = await findContainerRuntime();

describe('services in containers', () => {
  if ('obstacle' in runtime) {
    test.skip(`${notRunPrefix}no container runtime (${runtime.obstacle})`, () => undefined);
    return;
  }
  test.each(serviceNames)(
    '%s answers in its own protocol, and is gone after stop',
    async (name) => {
      const service = await startContainer(name, runtime);
      try {
        expect(service.source).toBe('container');
        await probe(name, service.host, service.port);
        await expect(service.kill()).rejects.toMatchObject({ code: 'ERR_SERVICE_NOT_CONTROLLABLE' });
      } finally {
        await service.stop();
      }
      await expect(probe(name, service.host, service.port)).rejects.toThrow();
    },
    600_000,
  );
});
