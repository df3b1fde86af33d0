import { MillraceError } from '@millrace/core';

/** The search service could not be asked, or what it answered makes no sense. */
export class SearchError extends MillraceError {
  constructor(message: string) {
    // No cause: an axios error carries the whole request, headers and credentials included.
    super('ERR_SEARCH', message);
  }
}
