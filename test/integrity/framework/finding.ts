/**
 * A row found out that the job did not do as it promised: what is missing or wrong, what did not come, what took too
 * long. Any other error says that the row itself could not go on.
 */
export class Finding extends Error {
  override readonly name = 'Finding';
}

/** Whether an error of a row says something of the job: a finding, or an expectation that was not met. */
export function isFinding(error: unknown): boolean {
  // Jest's own errors come from outside the sandbox of the tests, where another `Error` is.
  return error instanceof Finding || (typeof error === 'object' && error !== null && 'matcherResult' in error);
}
