import type { StateOwner } from '@millrace/core';

/** The keys of one owner's state. The braces make them of one slot where Redis is a cluster. */
export interface StateKeys {
  /** Hash: who owns the state, and where it stands. */
  readonly meta: string;
  /** Hash: the entries. */
  readonly entries: string;
  /** List: changes of a large checkpoint on their way into the entries. */
  readonly stage: string;
}

export function stateKeys(prefix: string, { jobName, source, split }: StateOwner): StateKeys {
  const base = `${prefix}state:{${[jobName, source, split].map(encodeName).join(':')}}`;
  return { meta: `${base}:meta`, entries: `${base}:entries`, stage: `${base}:stage` };
}

/** Set of a job's owners. */
export function ownersKey(prefix: string, jobName: string): string {
  return `${prefix}state-owners:{${encodeName(jobName)}}`;
}

/**
 * Any text as letters, digits and `-_.!~*'()%`: neither the braces nor the colons of the keys, and readable for usual
 * names. JSON first, which has a form for lone surrogates; UTF-8 has none.
 */
function encodeName(name: string): string {
  return encodeURIComponent(JSON.stringify(name).slice(1, -1));
}
