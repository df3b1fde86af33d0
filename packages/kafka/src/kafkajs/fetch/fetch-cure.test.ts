import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import type { Broker } from 'kafkajs';
import { fetchCure } from './fetch-cure.js';

const real = createRequire(import.meta.url);
const FETCH = 1;
const decode = (): Promise<unknown> => Promise.resolve('published');
const parse = (): Promise<unknown> => Promise.resolve('parsed');

type Lookup = (apiKey: number, definition: object) => (args: object) => Answer;
interface Answer {
  readonly request: object;
  readonly response: { readonly decode: unknown; readonly parse: unknown };
}

/** A broker that negotiated `apiVersion`. */
function broker(apiVersion: number): Broker & { lookupRequest: Lookup } {
  const lookupRequest: Lookup = () => () => ({ request: { apiVersion }, response: { decode, parse } });
  return { lookupRequest } as unknown as Broker & { lookupRequest: Lookup };
}

describe('the cure of a broker’s Fetch', () => {
  test('replaces the decoder of the version that it knows, and nothing else', () => {
    const cure = fetchCure(real);
    const target = broker(11);
    expect(cure.decodeFast(target)).toBe(target);
    const cured = target.lookupRequest(FETCH, {})({});
    expect(cured.response.decode).not.toBe(decode);
    expect(cured.response.parse).toBe(parse);
    expect(target.lookupRequest(3, {})({}).response.decode).toBe(decode);
    const old = broker(5);
    cure.decodeFast(old);
    expect(old.lookupRequest(FETCH, {})({}).response.decode).toBe(decode);
  });

  test('is done once, and again after the broker has connected anew', () => {
    const cure = fetchCure(real);
    const target = broker(11);
    cure.decodeFast(target);
    const { lookupRequest } = target;
    cure.decodeFast(target);
    expect(target.lookupRequest).toBe(lookupRequest);
    target.lookupRequest = broker(11).lookupRequest;
    cure.decodeFast(target);
    expect(target.lookupRequest(FETCH, {})({}).response.decode).not.toBe(decode);
  });

  test('leaves another version of kafkajs alone', () => {
    const load = ((id: string) =>
      id === 'kafkajs/package.json' ? { version: '2.3.0' } : (real(id) as unknown)) as unknown as NodeJS.Require;
    const cure = fetchCure(load);
    expect(cure).toMatchObject({ version: '2.3.0', applied: false });
    const target = broker(11);
    cure.decodeFast(target);
    expect(target.lookupRequest(FETCH, {})({}).response.decode).toBe(decode);
  });
});
