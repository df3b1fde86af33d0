import { expect, test } from '@jest/globals';
import { systemClock } from '@millrace/core';
import { SearchError } from './errors.js';
import { LateSearchClient } from './late-search-client.js';
import { SearchStub } from './search-stub.conformance.js';

test('questions that come together go through one client', async () => {
  const stub = new SearchStub();
  await stub.start();
  stub.known.set('do_X', 'Live');
  const client = new LateSearchClient({ basePath: stub.basePath, clock: systemClock });
  await Promise.all([client.status('do_X'), client.status('do_X')]);
  await expect(client.status('do_X')).resolves.toBe('Live');
  expect(stub.connections).toBeLessThanOrEqual(2);
  client.close();
  await stub.stop();
});

test('a question that was asked before the end and is not on its way yet is not sent any more', async () => {
  const stub = new SearchStub();
  await stub.start();
  const client = new LateSearchClient({ basePath: stub.basePath, clock: systemClock });
  const answer = client.status('do_X');
  client.close();
  await expect(answer).rejects.toThrow(SearchError);
  expect(stub.asked).toEqual([]);
  await stub.stop();
});
