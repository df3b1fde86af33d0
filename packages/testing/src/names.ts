import { randomBytes } from 'node:crypto';

/**
 * A name that no other suite uses, for topics, keyspaces, groups and key prefixes.
 *
 * Lower-case letters, digits and underscores, at most 48 characters: what Kafka, Cassandra (unquoted identifiers) and
 * Redis all accept. Characters of `prefix` that do not fit become underscores.
 */
export function uniqueName(prefix: string): string {
  const clean = prefix.toLowerCase().replace(/[^a-z0-9]+/g, '_');
  const start = /^[a-z]/.test(clean) ? clean : `t_${clean}`;
  return `${start.slice(0, 35)}_${randomBytes(6).toString('hex')}`;
}
