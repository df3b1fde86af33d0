import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { jvmObstacle, kafkaTools, resolveArtifacts } from './artifacts.js';

/** Why Kafka's own command line tools cannot be run here, undefined when they can. */
export function kafkaToolObstacle(): string | undefined {
  return jvmObstacle(kafkaTools);
}

/**
 * Runs one of Kafka's command line tools, of the version that this package runs as a server, and gives its output.
 *
 * @param main its class, e.g. `org.apache.kafka.tools.consumer.ConsoleConsumer`
 * @param timeoutMs after which it is killed; a JVM on a busy machine takes seconds to start
 * @throws an error with the tool's output when it fails
 */
export async function runKafkaTool(main: string, args: readonly string[], timeoutMs = 120_000): Promise<string> {
  const { java, classPath } = await resolveArtifacts(kafkaTools, () => undefined);
  const command = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', classPath, main, ...args];
  const options = { timeout: timeoutMs, maxBuffer: 256 * 1024 * 1024 };
  const { stdout } = await promisify(execFile)(java, command, options);
  return stdout;
}
