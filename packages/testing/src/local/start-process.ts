import { findProgram } from '../programs.js';
import type { ServiceHandle, ServiceName } from '../service.js';
import { cassandraServer, jvmObstacle, kafkaServer, resolveArtifacts } from './artifacts.js';
import { cassandraRecipe, type CassandraSecurity } from './cassandra.js';
import { kafkaRecipe } from './kafka.js';
import type { KafkaProperties } from './kafka-properties.js';
import type { KafkaSecurity } from './kafka-security.js';
import type { ServerRecipe } from './recipe.js';
import { redisRecipe, type RedisSecurity } from './redis.js';
import { ServerProcess } from './server-process.js';

/** What a start of a local process needs to know. */
export interface StartProcessOptions {
  readonly detached?: boolean;
  readonly kafkaProperties?: KafkaProperties;
  readonly kafkaSecurity?: KafkaSecurity;
  readonly cassandraSecurity?: CassandraSecurity;
  readonly redisSecurity?: RedisSecurity;
  readonly env?: NodeJS.ProcessEnv;
  readonly log: (line: string) => void;
}

/** Why a service cannot be run as a process here, undefined when it can. Starts nothing and downloads nothing. */
export function processObstacle(name: ServiceName, env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (name === 'redis') return findProgram('redis-server', env) ? undefined : 'no redis-server on PATH';
  return jvmObstacle(name === 'kafka' ? kafkaServer : cassandraServer, env);
}

/** Starts a service as a process of this machine. */
export async function startProcess(name: ServiceName, options: StartProcessOptions): Promise<ServiceHandle> {
  return ServerProcess.start(await recipeFor(name, options), { detached: options.detached ?? false });
}

async function recipeFor(name: ServiceName, options: StartProcessOptions): Promise<ServerRecipe> {
  switch (name) {
    case 'kafka':
      return kafkaRecipe(await resolveArtifacts(kafkaServer, options.log, options.env), {
        properties: options.kafkaProperties,
        security: options.kafkaSecurity,
      });
    case 'cassandra':
      return cassandraRecipe(
        await resolveArtifacts(cassandraServer, options.log, options.env),
        options.cassandraSecurity,
      );
    case 'redis':
      return redisRecipe(findProgram('redis-server', options.env) ?? 'redis-server', options.redisSecurity);
  }
}
