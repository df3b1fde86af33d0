import { boolean, list, port, text } from '../define.js';
import { hostName } from '../syntax.js';
import { tlsVariables } from './tls.js';

/** How Cassandra is reached. Keyspace and tables are the job's own. */
export const cassandraVariables = {
  'lms-cassandra.host': list({
    doc: 'Cassandra nodes to begin with, separated by commas.',
    default: ['127.0.0.1'],
    syntax: hostName,
  }),
  'lms-cassandra.port': port({ doc: 'Port of the Cassandra nodes.', default: 9042 }),
  'lms-cassandra.isMultiDCEnabled': boolean({
    doc: 'The cluster spans data centres: only nodes of the local one are used.',
    default: false,
  }),
  'lms-cassandra.local-datacenter': text({
    doc: 'Name of the local data centre; that of the first node reached where unset.',
  }),
  'lms-cassandra.consistency': text({
    doc: 'Consistency level of reads and writes.',
    default: 'LOCAL_QUORUM',
    allowed: ['ONE', 'TWO', 'THREE', 'QUORUM', 'ALL', 'LOCAL_QUORUM', 'EACH_QUORUM', 'LOCAL_ONE'],
  }),
  'lms-cassandra.username': text({ doc: 'User name for Cassandra.' }),
  'lms-cassandra.password': text({ doc: 'Password for Cassandra.', secret: true }),
  ...tlsVariables('lms-cassandra', 'Cassandra'),
};
