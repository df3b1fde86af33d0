import { port, text } from '../define.js';
import { hostName } from '../syntax.js';
import { tlsVariables } from './tls.js';

/** How Redis is reached. Database numbers are the job's own. */
export const redisVariables = {
  'redis.host': text({ doc: 'Host of Redis.', default: '127.0.0.1', syntax: hostName }),
  'redis.port': port({ doc: 'Port of Redis.', default: 6379 }),
  'redis.username': text({ doc: 'User name for Redis (Redis 6 and later).' }),
  'redis.password': text({ doc: 'Password for Redis.', secret: true }),
  ...tlsVariables('redis', 'Redis'),
};
