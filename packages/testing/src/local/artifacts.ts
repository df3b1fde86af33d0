import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram, javaMajor, javaVersionText } from '../programs.js';
import { ClassArchive } from './class-archive.js';

/** Maven coordinates of one server. */
export interface JvmServer {
  readonly name: 'kafka' | 'kafka-tools' | 'cassandra';
  readonly version: string;
  /** `group:artifact:version` of what goes on the class path, with all that it depends on. */
  readonly coordinates: readonly string[];
}

/** What a recipe needs to run a JVM server. */
export interface JvmArtifacts {
  readonly version: string;
  readonly java: string;
  readonly classPath: string;
  readonly archive: ClassArchive;
}

export const kafkaServer: JvmServer = {
  name: 'kafka',
  version: '4.3.1',
  coordinates: ['org.apache.kafka:kafka_2.13:4.3.1', 'org.apache.logging.log4j:log4j-slf4j-impl:2.25.4'],
};

/** Kafka's command line tools: no server, but run as one. */
export const kafkaTools: JvmServer = {
  name: 'kafka-tools',
  version: kafkaServer.version,
  coordinates: ['org.apache.kafka:kafka-tools:4.3.1', 'org.apache.logging.log4j:log4j-slf4j-impl:2.25.4'],
};

export const cassandraServer: JvmServer = {
  name: 'cassandra',
  version: '5.0.9',
  coordinates: ['org.apache.cassandra:cassandra-all:5.0.9'],
};

/** Where jars are kept between runs: `MILLRACE_CACHE_DIR`, else `$XDG_CACHE_HOME/millrace`, else `~/.cache/millrace`. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env['MILLRACE_CACHE_DIR']) return env['MILLRACE_CACHE_DIR'];
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'millrace');
}

/** The folder that holds this server's jars once they are resolved. */
export function serverFolder(server: JvmServer, env?: NodeJS.ProcessEnv): string {
  return join(cacheFolder(env), `${server.name}-${server.version}`);
}

/** Why this server cannot be run here, undefined when it can (its jars may still have to be resolved). */
export function jvmObstacle(server: JvmServer, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const java = findProgram('java', env);
  if (!java) return 'no java on PATH (17 or newer is needed)';
  const major = javaMajor(javaVersionText(java));
  if (major === undefined || major < 17) return `java on PATH is version ${major ?? 'unknown'}, 17 or newer is needed`;
  if (!existsSync(serverFolder(server, env)) && !findProgram('mvn', env)) {
    return 'no mvn on PATH to resolve its jars with';
  }
  return undefined;
}

/**
 * The jars of a server, resolved by Maven the first time on this machine (20 to 60 s) and kept in the cache folder.
 * Safe to call from several processes at once: each resolves into a folder of its own, the first to finish wins.
 */
export async function resolveArtifacts(
  server: JvmServer,
  log: (line: string) => void,
  env: NodeJS.ProcessEnv = process.env,
): Promise<JvmArtifacts> {
  const folder = serverFolder(server, env);
  if (!existsSync(folder)) {
    log(`${server.name}: resolving ${server.coordinates.join(', ')} with Maven, once on this machine`);
    await resolveInto(folder, server, env);
  }
  const jars = (await readdir(folder)).filter((file) => file.endsWith('.jar')).sort();
  const java = findProgram('java', env) ?? 'java';
  return {
    version: server.version,
    java,
    classPath: jars.map((file) => join(folder, file)).join(delimiter),
    archive: new ClassArchive(folder, javaVersionText(java)),
  };
}

async function resolveInto(folder: string, server: JvmServer, env: NodeJS.ProcessEnv): Promise<void> {
  await mkdir(cacheFolder(env), { recursive: true });
  const work = await mkdtemp(`${folder}.part-`);
  try {
    await writeFile(join(work, 'pom.xml'), pom(server));
    await promisify(execFile)(
      findProgram('mvn', env) ?? 'mvn',
      ['-B', '-q', 'dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=jars'],
      { cwd: work, timeout: 600_000, maxBuffer: 16 * 1024 * 1024 },
    );
    await rename(join(work, 'jars'), folder).catch((error: unknown) => {
      // Another process finished first: its folder holds the same jars.
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function pom(server: JvmServer): string {
  const dependencies = server.coordinates.map((coordinate) => {
    const [group, artifact, version] = coordinate.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>millrace</groupId><artifactId>${server.name}</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>${dependencies.join('')}</dependencies></project>
`;
}
