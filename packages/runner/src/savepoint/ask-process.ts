import { messageOf, ServiceUnavailableError } from '@millrace/core';
import type { SavepointPart } from '@millrace/core';
import { SavepointFailedError } from '../errors.js';
import type { SavepointRequest } from './savepoint-request.js';

/**
 * Asks one process for its part of a savepoint; takes as long as its checkpoint takes.
 *
 * @throws ServiceUnavailableError where there is no process; SavepointFailedError with its reason
 */
export async function askProcess(
  url: string,
  token: string | undefined,
  request: SavepointRequest,
  signal: AbortSignal,
): Promise<readonly SavepointPart[]> {
  let response: Response;
  try {
    response = await fetch(new URL('/savepoint', url), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(request),
      signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    throw new ServiceUnavailableError('the process', url, 0, (error as { cause?: unknown }).cause ?? error);
  }
  const text = await response.text().catch((error: unknown) => messageOf(error));
  if (response.ok) return (JSON.parse(text) as { readonly parts: readonly SavepointPart[] }).parts;
  throw new SavepointFailedError(url, text.trim() || `HTTP ${String(response.status)}`);
}
