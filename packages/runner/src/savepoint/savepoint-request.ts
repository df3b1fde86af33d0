import type { SavepointPart } from '@millrace/core';

/** What a process is asked for, as the JSON body of `POST /savepoint`. */
export interface SavepointRequest {
  /** Folder of the savepoint in progress, as the process sees it. */
  readonly folder: string;
  /** Whether the process stops, with its last checkpoint as its part. */
  readonly stop: boolean;
  /** Whether event time ends before the stop. */
  readonly drain: boolean;
}

/** Writes the part of a process, or the parts of several that it speaks for. @throws why it cannot */
export type SavepointTaker = (request: SavepointRequest) => Promise<readonly SavepointPart[]>;

/** @returns undefined for anything else than a request */
export function parseSavepointRequest(text: string): SavepointRequest | undefined {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof body !== 'object' || body === null) return undefined;
  const { folder, stop = false, drain = false } = body as Readonly<Record<string, unknown>>;
  if (typeof folder !== 'string' || typeof stop !== 'boolean' || typeof drain !== 'boolean') return undefined;
  return { folder, stop, drain };
}
