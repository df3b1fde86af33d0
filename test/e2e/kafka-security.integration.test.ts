import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeWithServices } from '@millrace/testing';
import { millrace, millraceOk } from '../support/cli.js';
import type { CliResult } from '../support/cli.js';
import { optionsOf, servicesWorld, temporaryFolder } from '../support/world.js';
import type { ServicesWorld } from '../support/world.js';

const password = 'right-hunter2';
const wrongPassword = 'wrong-hunter2';
const bounded = ['run', 'reconciliation', '--until-drained', '--summary', 'json'];

/** What is said to people: everything on standard error that is no log line. */
function told({ stderr }: CliResult): string[] {
  return stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
}

describeWithServices(['cassandra', 'redis'], 'the job and a Kafka that asks who it is', (shared) => {
  describeWithServices(
    ['kafka'],
    'by TLS, its own authority and SCRAM',
    (own) => {
      const folder = temporaryFolder();
      let world: ServicesWorld;
      let login: string[];
      const printed: string[] = [];

      beforeAll(async () => {
        mkdirSync(join(folder, 'empty'));
        world = await servicesWorld({ ...shared, kafka: own.kafka }, folder);
        login = optionsOf({
          'kafka.tls.enabled': 'true',
          'kafka.tls.ca': own.kafka.certificates!.ca,
          'kafka.sasl.mechanism': 'scram-sha-512',
          'kafka.sasl.username': 'alice',
        });
        const env = { MILLRACE_KAFKA_SASL_PASSWORD: password };
        const load = ['load', 'reconciliation', '--dataset', join(folder, 'empty'), ...world.options, ...login];
        await millraceOk(load, { env });
      }, 300_000);

      afterAll(async () => {
        await world.dispose();
        rmSync(folder, { recursive: true, force: true });
      }, 60_000);

      const call = async (args: readonly string[], secret: string | undefined): Promise<CliResult> => {
        const env: Record<string, string> = secret === undefined ? {} : { MILLRACE_KAFKA_SASL_PASSWORD: secret };
        const result = await millrace([...args, ...world.options, ...login], { env });
        printed.push(result.stdout, result.stderr);
        return result;
      };

      test('the password from the environment: exit code 0', async () => {
        const result = await call(bounded, password);
        expect([result.code, told(result)]).toEqual([0, []]);
      });

      test('the password from the configuration file: exit code 0', async () => {
        const file = join(folder, 'job.conf');
        writeFileSync(file, `kafka.sasl.password = "${password}"\n`);
        expect((await call([...bounded, '--config', file], undefined)).code).toBe(0);
      });

      test('a wrong password: one line with the address, exit code 2', async () => {
        const result = await call(bounded, wrongPassword);
        expect([result.code, told(result)]).toEqual([2, [expect.stringContaining(own.kafka.addresses[0]!)]]);
      });

      test('an authority that did not sign its certificate: one line with the address, exit code 2', async () => {
        const other = ['--set', `kafka.tls.ca=${own.kafka.certificates!.otherCa}`];
        const address = own.kafka.addresses[0]!.replaceAll('.', '\\.');
        const args = [...bounded, ...world.options, ...login, ...other];
        const result = await millrace(args, { env: { MILLRACE_KAFKA_SASL_PASSWORD: password } });
        printed.push(result.stdout, result.stderr);
        const line = expect.stringMatching(new RegExp(`${address}: TLS cannot be used: `)) as unknown;
        expect([result.code, told(result)]).toEqual([2, [line]]);
      });

      test('no TLS where the listener speaks it: one line with the address, exit code 69', async () => {
        const plain = ['--set', 'kafka.tls.enabled=false', '--set', 'startup.timeout=4'];
        const args = [...bounded, ...world.options, ...login, ...plain];
        const result = await millrace(args, { env: { MILLRACE_KAFKA_SASL_PASSWORD: password } });
        printed.push(result.stdout, result.stderr);
        expect([result.code, told(result)]).toEqual([69, [expect.stringContaining(own.kafka.addresses[0]!)]]);
      });

      test('no command prints a password, not at its most talkative, nor in its configuration', async () => {
        const talkative = [...bounded, '--log-level', 'debug'];
        expect((await call(talkative, password)).code).toBe(0);
        expect((await call(talkative, wrongPassword)).code).toBe(2);
        expect((await call(['config', 'reconciliation', 'show'], password)).code).toBe(0);
        expect((await call(['describe', 'reconciliation'], password)).code).toBe(0);
        expect(printed.join('\n')).toContain('alice');
        expect(printed.filter((text) => text.includes('hunter2'))).toEqual([]);
      });
    },
    { own: true, kafkaSecurity: { tls: true, sasl: { mechanisms: ['scram-sha-512'], users: { alice: password } } } },
  );
});
