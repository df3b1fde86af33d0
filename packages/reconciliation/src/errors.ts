import { messageOf, MillraceError } from '@millrace/core';
import type { FailureCode } from './domain/codes.js';
import type { Requests } from './domain/requests.js';

/** A course has no leaf nodes in the relation cache; `code` says what the search service knows of it. */
export class LeafNodesMissingError extends MillraceError {
  declare readonly code: Extract<
    FailureCode,
    'ERR_LEAF_NODES_MISSING' | 'ERR_COLLECTION_RETIRED' | 'ERR_COLLECTION_UNKNOWN'
  >;
  /** Reads of the relation cache that found nothing. */
  readonly attempts: number;

  constructor(code: LeafNodesMissingError['code'], courseId: string, status: string, attempts: number) {
    super(code, `no leaf nodes for ${courseId} (${status})`);
    this.attempts = attempts;
  }
}

/** What an event says cannot be, as the stores show. */
export class InvalidEventError extends MillraceError {
  declare readonly code: Extract<FailureCode, 'ERR_INVALID_EVENT'>;

  constructor(message: string) {
    super('ERR_INVALID_EVENT', message);
  }
}

/** Only these requests of a group failed; the others were settled before. */
export class PartOfGroupError extends MillraceError {
  readonly requests: Requests;

  constructor(requests: Requests, cause: unknown) {
    super('ERR_PART_OF_GROUP', messageOf(cause), { cause });
    this.requests = requests;
  }
}
