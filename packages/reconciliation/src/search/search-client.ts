import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Clock } from '@millrace/core';
import { sleep } from '@millrace/core';
import type { AxiosInstance } from 'axios';
import axios, { isAxiosError } from 'axios';
import type { CollectionStatus } from '../domain/model.js';
import type { CollectionStatusSource } from '../stores/ports.js';
import { SearchError } from './errors.js';
import { statusInAnswer, wantedStatuses } from './search-answer.js';

export interface SearchClientOptions {
  /** Base URL without `/v3/search`; a trailing slash is tolerated. */
  readonly basePath: string;
  readonly clock: Clock;
  /**
   * Milliseconds one try may take. Too short: a busy Elasticsearch never answers in time. Too long: requests of a
   * course without leaf nodes wait that much longer.
   * @default 5_000
   */
  readonly timeoutMs?: number;
  /**
   * Milliseconds before the second, third... try; as many further tries as entries.
   * @default [200, 800]
   */
  readonly retryDelaysMs?: readonly number[];
}

/** An answer is a few hundred bytes; what is larger is no answer to our question. */
const MAX_ANSWER_BYTES = 1_048_576;

/**
 * Asks the platform's search service for a collection's status: `POST {basePath}/v3/search`. What may pass by itself
 * (no connection, a timeout, 429, 5xx) is tried again; the error tells path and status, never headers.
 */
export class SearchClient implements CollectionStatusSource {
  readonly #http: AxiosInstance;
  readonly #agents: readonly [HttpAgent, HttpsAgent];
  readonly #url: string;
  readonly #shown: string;
  readonly #clock: Clock;
  readonly #retryDelaysMs: readonly number[];
  readonly #stopping = new AbortController();

  constructor(options: SearchClientOptions) {
    const url = searchUrl(options.basePath);
    this.#url = url.href;
    this.#shown = `${url.origin}${url.pathname}`;
    this.#clock = options.clock;
    this.#retryDelaysMs = options.retryDelaysMs ?? [200, 800];
    const httpAgent = new HttpAgent({ keepAlive: true, maxSockets: 16 });
    const httpsAgent = new HttpsAgent({ keepAlive: true, maxSockets: 16 });
    this.#agents = [httpAgent, httpsAgent];
    this.#http = axios.create({
      timeout: options.timeoutMs ?? 5_000,
      httpAgent,
      httpsAgent,
      // The service is inside the platform; a proxy from the environment is meant for the outside.
      proxy: false,
      maxRedirects: 0,
      maxContentLength: MAX_ANSWER_BYTES,
      responseType: 'text',
      transformResponse: (body: unknown) => body,
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      validateStatus: (status) => status === 200,
    });
  }

  async status(courseId: string): Promise<CollectionStatus | undefined> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return statusInAnswer(await this.#ask(courseId), courseId);
      } catch (error) {
        const delayMs = this.#retryDelaysMs[attempt];
        if (delayMs === undefined || !mayPass(error) || this.#stopping.signal.aborted) throw this.#redacted(error);
        await sleep(this.#clock, delayMs, this.#stopping.signal).catch(() => {
          throw this.#redacted(error);
        });
      }
    }
  }

  /** Ends what is in flight and closes the connections. */
  close(): void {
    this.#stopping.abort(new SearchError('the search client was closed'));
    for (const agent of this.#agents) agent.destroy();
  }

  async #ask(courseId: string): Promise<string> {
    const filters = { objectType: 'Collection', identifier: courseId, status: wantedStatuses };
    const question = JSON.stringify({ request: { filters, fields: ['status'] } });
    const answer = await this.#http.post<string>(this.#url, question, { signal: this.#stopping.signal });
    return answer.data;
  }

  #redacted(error: unknown): SearchError {
    if (error instanceof SearchError) return new SearchError(`${this.#shown}: ${error.message}`);
    if (!isAxiosError(error)) return new SearchError(`${this.#shown}: could not be asked`);
    const status = error.response?.status;
    return new SearchError(
      status === undefined
        ? `${this.#shown}: ${error.code ?? 'no answer'}`
        : `${this.#shown}: answered with HTTP status ${String(status)}`,
    );
  }
}

function searchUrl(basePath: string): URL {
  return new URL(`${basePath.replace(/\/+$/, '')}/v3/search`);
}

function mayPass(error: unknown): boolean {
  if (!isAxiosError(error)) return false;
  const status = error.response?.status;
  return status === undefined ? error.code !== 'ERR_CANCELED' : status === 429 || status >= 500;
}
