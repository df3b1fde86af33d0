import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { InMemoryMetrics, silentLogger, systemClock } from '@millrace/core';
import { EmbeddedStore } from '@millrace/embedded';
import { loadConfig, StoppedError } from '@millrace/runner';
import type { CommandContext, Progress } from '@millrace/runner';
import type { ReconciliationVariables } from '../../config.js';
import { reconciliationVariables } from '../../config.js';
import { requestCommand } from './request-command.js';

const folder = mkdtempSync(join(tmpdir(), 'millrace-request-'));
const store = join(folder, 'store');
const INPUT = 'dev.batch.enrolment.sync.request';
const users = Array.from({ length: 20 }, (_, i) => `u${String(i)}`);

beforeAll(async () => {
  const opened = await EmbeddedStore.open(store);
  await opened.log.createTopic(INPUT, 1);
  await opened.close();
  const lines = users.map((userId) => `${JSON.stringify({ userId, courseId: 'c', batchId: 'b' })}\n`);
  writeFileSync(join(folder, 'all.jsonl'), lines.join(''));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function request(skip: number, rate: number, signal: AbortSignal, progress: Progress): Promise<string> {
  const sources = { flags: [], file: undefined, cwd: '/', environment: {} };
  let printed = '';
  const context: CommandContext<ReconciliationVariables> = {
    config: await loadConfig(reconciliationVariables, sources),
    ...{ embedded: store, clock: systemClock, logger: silentLogger, metrics: new InMemoryMetrics() },
    ...{ format: 'json', note: () => {}, signal, progress, cwd: folder },
    out: { write: (text) => (printed += text) },
  };
  await requestCommand.run(context, { file: 'all.jsonl', rate, skip, 'dry-run': false, yes: false });
  return printed;
}

async function sentUsers(): Promise<string[]> {
  const opened = await EmbeddedStore.open(store);
  const records = [...opened.log.readAll(INPUT)];
  await opened.close();
  return records.map(({ key }) => Buffer.from(key ?? []).toString());
}

describe('a request that is stopped', () => {
  test('says how far it came; with that it goes on, and everything was sent once', async () => {
    const stop = new AbortController();
    let sent = 0;
    // A slow rate: the second group would come seconds later.
    const stopped = request(0, 1, stop.signal, (done) => {
      sent = done;
      stop.abort(new Error('stopped by SIGINT'));
    });
    await expect(stopped).rejects.toThrow(StoppedError);
    await expect(stopped).rejects.toThrow('request was stopped: 1 of 20 requests were sent; go on with --skip 1');
    expect(await sentUsers()).toEqual(users.slice(0, sent));
    const printed = await request(sent, 100_000, new AbortController().signal, () => {});
    expect(JSON.parse(printed)).toMatchObject({ requests: 19, sent: 19 });
    expect(await sentUsers()).toEqual(users);
  });
});
