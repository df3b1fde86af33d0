import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { JvmArtifacts } from './artifacts.js';
import type { ServerPorts, ServerRecipe } from './recipe.js';

const logback = `<configuration>
  <appender name="out" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%d{HH:mm:ss.SSS} %p %c{0} %m%n</pattern></encoder>
  </appender>
  <root level="INFO"><appender-ref ref="out"/></root>
</configuration>
`;

// What the published jvm17-server.options opens.
const exported = [
  'java.base/jdk.internal.misc',
  'java.management.rmi/com.sun.jmx.remote.internal.rmi',
  'java.rmi/sun.rmi.registry',
  'java.rmi/sun.rmi.server',
  'java.sql/java.sql',
  'java.base/java.lang.ref',
  'jdk.unsupported/sun.misc',
];
const opened = [
  'java.base/java.lang.module',
  'java.base/jdk.internal.loader',
  'java.base/jdk.internal.ref',
  'java.base/jdk.internal.reflect',
  'java.base/jdk.internal.math',
  'java.base/jdk.internal.module',
  'java.base/jdk.internal.util.jar',
  'jdk.management/com.sun.management.internal',
  'java.base/sun.nio.ch',
  'java.base/java.io',
  'java.base/java.nio',
  'java.base/java.util.concurrent',
  'java.base/java.util',
  'java.base/java.util.concurrent.atomic',
  'java.base/java.lang',
  'java.base/java.math',
  'java.base/java.lang.reflect',
  'java.base/java.net',
];

/** One Cassandra node from its published jars, data center `datacenter1`. */
export function cassandraRecipe(artifacts: JvmArtifacts): ServerRecipe {
  return {
    name: 'cassandra',
    title: `Cassandra ${artifacts.version}`,
    async prepare(dir, ports) {
      await mkdir(join(dir, 'data'), { recursive: true });
      await writeFile(join(dir, 'logback.xml'), logback);
      await writeFile(join(dir, 'cassandra.yaml'), cassandraYaml(dir, ports));
    },
    command: (dir) => [
      artifacts.java,
      // A large initial heap is locked into memory at start: 128 MB halves the resident size.
      '-Xms128m',
      '-Xmx1g',
      '-Xss512k',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      ...artifacts.archive.useOrWriteFlags,
      ...exported.flatMap((name) => ['--add-exports', `${name}=ALL-UNNAMED`]),
      ...opened.flatMap((name) => ['--add-opens', `${name}=ALL-UNNAMED`]),
      '-Djdk.attach.allowAttachSelf=true',
      `-Dcassandra.config=${pathToFileURL(join(dir, 'cassandra.yaml')).href}`,
      `-Dcassandra.storagedir=${join(dir, 'data')}`,
      `-Dlogback.configurationFile=${join(dir, 'logback.xml')}`,
      '-Dcassandra-foreground=yes',
      // A single node: nobody to gossip with, no ring to wait for.
      '-Dcassandra.skip_wait_for_gossip_to_settle=0',
      '-Dcassandra.ring_delay_ms=0',
      '-Dcassandra.superuser_setup_delay_ms=0',
      '-Dcassandra.load_ring_state=false',
      '-Dcassandra.skip_schema_check=true',
      // Measuring the overhead of a row at start costs 2 CPU seconds.
      '-Dcassandra.memtable.row_overhead_size=180',
      '-cp',
      artifacts.classPath,
      'org.apache.cassandra.service.CassandraDaemon',
    ],
    readyLine: /Starting listening for CQL clients/,
    startTimeoutMs: 120_000,
    endsGracefully: () => artifacts.archive.missing,
    ended: () => artifacts.archive.publish(),
  };
}

function cassandraYaml(dir: string, ports: ServerPorts): string {
  const data = (name: string): string => JSON.stringify(join(dir, 'data', name));
  return `cluster_name: millrace-test
num_tokens: 1
initial_token: 0
auto_bootstrap: false
auto_snapshot: false
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
endpoint_snitch: SimpleSnitch
listen_address: 127.0.0.1
rpc_address: 127.0.0.1
native_transport_port: ${ports.client}
storage_port: ${ports.internal}
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters:
      - seeds: "127.0.0.1:${ports.internal}"
data_file_directories: [${data('tables')}]
commitlog_directory: ${data('commitlog')}
saved_caches_directory: ${data('caches')}
hints_directory: ${data('hints')}
cdc_raw_directory: ${data('cdc')}
# The default, periodic, acknowledges writes that a SIGKILL then loses; crash tests count on them.
commitlog_sync: batch
commitlog_segment_size: 16MiB
commitlog_total_space: 256MiB
disk_access_mode: standard
hinted_handoff_enabled: false
memtable_heap_space: 128MiB
memtable_offheap_space: 64MiB
key_cache_size: 4MiB
row_cache_size: 0MiB
counter_cache_size: 2MiB
concurrent_reads: 16
concurrent_writes: 16
concurrent_counter_writes: 4
`;
}
