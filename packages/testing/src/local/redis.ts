import type { ServerRecipe } from './recipe.js';

/** `redis-server` with an append-only file, so that a killed server has its acknowledged writes when it comes back. */
export function redisRecipe(program: string): ServerRecipe {
  return {
    name: 'redis',
    title: 'Redis',
    prepare: () => Promise.resolve(),
    command: (dir, ports) => [
      program,
      '--port',
      String(ports.client),
      '--bind',
      '127.0.0.1',
      '--dir',
      dir,
      '--save',
      '',
      '--appendonly',
      'yes',
    ],
    readyLine: /Ready to accept connections/,
    startTimeoutMs: 30_000,
  };
}
