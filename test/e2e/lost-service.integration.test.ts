import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describeWithServices, startFaultProxy } from '@millrace/testing';
import type { FaultProxy } from '@millrace/testing';
import { millrace, millraceOk } from '../support/cli.js';
import type { CliResult } from '../support/cli.js';
import { optionsOf, servicesWorld, temporaryFolder } from '../support/world.js';
import type { ServicesWorld } from '../support/world.js';

function told({ stderr }: CliResult): string[] {
  return stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
}

describeWithServices(
  ['kafka', 'cassandra', 'redis'],
  'a service that is lost in the middle of a command',
  (services) => {
    const folder = temporaryFolder();
    const dataset = join(folder, 'dataset');
    const proxies: FaultProxy[] = [];
    let world: ServicesWorld;
    let enrolment: { readonly userid: string; readonly courseid: string; readonly batchid: string };

    beforeAll(async () => {
      const size = ['--users', '20', '--courses', '2', '--seed', '5'];
      await millraceOk(['sample', 'reconciliation', '--out', dataset, ...size]);
      const [first = ''] = readFileSync(join(dataset, 'enrolments.jsonl'), 'utf8').split('\n');
      enrolment = JSON.parse(first) as typeof enrolment;
      world = await servicesWorld(services, dataset);
      await millraceOk(['load', 'reconciliation', '--dataset', dataset, ...world.options]);
    }, 240_000);

    afterAll(async () => {
      for (const proxy of proxies) await proxy.stop();
      await world.dispose();
      rmSync(folder, { recursive: true, force: true });
    }, 60_000);

    /** Answers of the start pass, those to questions that name `text` never come. */
    async function losing(service: 'cassandra' | 'redis', text: string): Promise<string[]> {
      const proxy = await startFaultProxy({ target: services[service] });
      proxies.push(proxy);
      proxy.dropAnswers({ matching: ({ request }) => request.includes(text) });
      const prefix = service === 'redis' ? 'redis' : 'lms-cassandra';
      return optionsOf({ [`${prefix}.host`]: proxy.host, [`${prefix}.port`]: String(proxy.port) });
    }

    test.each(['redis', 'cassandra'] as const)(
      '%s, as explain reads: one line, exit code 69',
      async (service) => {
        const { userid, courseid, batchid } = enrolment;
        const text = service === 'redis' ? `${courseid}:` : 'user_content_consumption';
        const names = ['--user', userid, '--course', courseid, '--batch', batchid];
        const settings = await losing(service, text);
        const result = await millrace(['explain', 'reconciliation', ...names, ...world.options, ...settings]);
        expect([result.code, told(result)]).toEqual([
          69,
          [expect.stringMatching(new RegExp(`lost a service.*${service}`))],
        ]);
      },
      120_000,
    );
  },
);
