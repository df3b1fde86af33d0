export { CommandBatcher } from './batcher.js';
export type { BatcherOptions } from './batcher.js';
export { classifyRedisError } from './classify.js';
export type { Command, CommandExecutor, CommandGroup, Reply } from './commands.js';
export { RedisConnection } from './connection.js';
export {
  RedisCommandError,
  RedisStateDamagedError,
  RedisStateError,
  RedisUnavailableError,
  RedisValueError,
  RedisWrongTypeError,
} from './errors.js';
export type { RedisOptions, RedisTlsOptions } from './options.js';
export { RedisSets } from './sets.js';
export { redisStateBackend } from './state/redis-state-backend.js';
export type { RedisStateBackendOptions } from './state/redis-state-backend.js';
