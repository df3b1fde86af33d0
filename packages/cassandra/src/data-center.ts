import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

import type { Host } from 'cassandra-driver';
import { Client, policies } from 'cassandra-driver';

import { catchRefreshErrors, shutDownClient } from './control-connection.js';
import { connectionOptions } from './driver-options.js';
import type { ResolvedCassandraOptions } from './options.js';

/**
 * The data center to ask, as the cluster itself reports it: that of the first contact point, also where this one is
 * down and another answered. Where contact points lie in several data centers a warning says which was chosen.
 *
 * @throws the driver's errors
 */
export async function findDataCenter(options: ResolvedCassandraOptions): Promise<string> {
  const client = new Client({
    ...connectionOptions(options),
    // The default policy wants to be told the data center; this one asks whoever is there.
    policies: {
      loadBalancing: new policies.loadBalancing.RoundRobinPolicy(),
      reconnection: new policies.reconnection.ConstantReconnectionPolicy(options.reconnectDelayMs),
    },
    isMetadataSyncEnabled: false,
    pooling: { warmup: false, heartBeatInterval: 0 },
  });
  catchRefreshErrors(client, options.clock, options.logger);
  try {
    await client.connect();
    const hosts = client.hosts.values();
    const addresses = await Promise.all(options.hosts.map(addressesOf));
    const { dataCenter, others } = chooseDataCenter(
      addresses,
      hosts.map((host: Host) => ({ address: bareNode(host.address), dataCenter: host.datacenter })),
    );
    if (others.length > 0) {
      options.logger.warn(
        { dataCenter, others },
        'cassandra: the contact points lie in several data centers; the first one’s is used (set localDataCenter to choose)',
      );
    }
    return dataCenter;
  } finally {
    await shutDownClient(client);
  }
}

interface Node {
  readonly address: string;
  readonly dataCenter: string;
}

/**
 * @param contactPoints addresses of each contact point, in the order of the options
 * @param nodes all nodes of the cluster, the one that answered first
 * @returns the chosen data center, and the others that contact points lie in
 */
export function chooseDataCenter(
  contactPoints: readonly (readonly string[])[],
  nodes: readonly Node[],
): { dataCenter: string; others: string[] } {
  const known = contactPoints.flatMap((addresses) => {
    const node = nodes.find(({ address }) => addresses.includes(address));
    return node === undefined ? [] : [node.dataCenter];
  });
  // A contact point behind address translation is no node's address: then it is the node that answered.
  const dataCenter = known[0] ?? nodes[0]?.dataCenter;
  if (dataCenter === undefined) throw new Error('the cluster reported no node');
  return { dataCenter, others: [...new Set(known)].filter((name) => name !== dataCenter) };
}

async function addressesOf(host: string): Promise<string[]> {
  try {
    return (await lookup(bareContactPoint(host), { all: true })).map(({ address }) => address);
  } catch {
    // The name of a contact point that is gone; the others decide.
    return [];
  }
}

/** A contact point (`name`, `name:port`, an IPv4 or IPv6 address, `[v6]:port`) without its port. */
export function bareContactPoint(host: string): string {
  const bracketed = /^\[(.+)\](:\d+)?$/.exec(host);
  if (bracketed?.[1] !== undefined) return bracketed[1];
  return isIP(host) === 0 ? host.replace(/:\d+$/, '') : host;
}

/** The driver's name of a node, `address:port` (IPv6 without brackets), without its port. */
function bareNode(endpoint: string): string {
  return endpoint.replace(/:\d+$/, '');
}
