import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { certificateFiles, createCertificates, writeKeystore } from '../certificates.js';
import type { JvmArtifacts } from './artifacts.js';
import { logIn } from './cassandra-login.js';
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

/** What the node asks of its clients. */
export interface CassandraSecurity {
  /** TLS and nothing else, under a certificate for `127.0.0.1` and `localhost`. @default false: plaintext */
  readonly tls?: boolean;
  /**
   * Clients log in and need permissions (PasswordAuthenticator, CassandraAuthorizer). The first user is `cassandra` with
   * the password `cassandra`, a superuser. @default false: everybody may do everything
   */
  readonly logins?: boolean;
}

/** Java wants at least six characters. */
const KEYSTORE_PASSWORD = 'throw-away';

/** One Cassandra node from its published jars, data center `datacenter1`. */
export function cassandraRecipe(artifacts: JvmArtifacts, security: CassandraSecurity = {}): ServerRecipe {
  const certificatesOf = (dir: string) => certificateFiles(join(dir, 'certificates'));
  const keystoreOf = (dir: string): string => join(dir, 'certificates', 'server.p12');
  return {
    name: 'cassandra',
    title: `Cassandra ${artifacts.version}`,
    async prepare(dir, ports) {
      await mkdir(join(dir, 'data'), { recursive: true });
      await writeFile(join(dir, 'logback.xml'), logback);
      if (security.tls) {
        await createCertificates(join(dir, 'certificates'));
        await writeKeystore(certificatesOf(dir), keystoreOf(dir), KEYSTORE_PASSWORD);
      }
      const settings = [
        cassandraYaml(dir, ports),
        security.logins ? logins : '',
        security.tls ? encryption(keystoreOf(dir)) : '',
      ];
      await writeFile(join(dir, 'cassandra.yaml'), settings.join(''));
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
    ...(security.tls ? { certificates: certificatesOf } : {}),
    ...(security.logins ? { ready: logIn } : {}),
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

const logins = `authenticator: PasswordAuthenticator
authorizer: CassandraAuthorizer
role_manager: CassandraRoleManager
`;

function encryption(keystore: string): string {
  return `client_encryption_options:
  enabled: true
  optional: false
  keystore: ${JSON.stringify(keystore)}
  keystore_password: ${KEYSTORE_PASSWORD}
  store_type: PKCS12
  require_client_auth: false
`;
}
