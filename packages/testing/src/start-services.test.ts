import { describe, expect, test } from '@jest/globals';
import { startService, startServices } from './start-services.js';

describe('startServices where nothing can be had', () => {
  const env = { PATH: '/nowhere', MILLRACE_CACHE_DIR: '/nowhere' };

  test('rejects with the reason of each source that was tried', async () => {
    await expect(startServices(['redis'], { sources: ['environment', 'process'], env })).rejects.toMatchObject({
      code: 'ERR_SERVICE_UNAVAILABLE',
      service: 'redis',
      reason: 'environment: MILLRACE_TEST_REDIS is not set; process: no redis-server on PATH',
    });
  });

  test.each(['kafka', 'cassandra'] as const)('%s needs java', async (name) => {
    await expect(startService(name, { sources: ['process'], env })).rejects.toThrow('no java on PATH');
  });

  test('starts nothing with MILLRACE_SERVICES=off', async () => {
    await expect(startService('redis', { env: { ...process.env, MILLRACE_SERVICES: 'off' } })).rejects.toThrow(
      'container: MILLRACE_SERVICES=off; process: MILLRACE_SERVICES=off',
    );
  });
});
