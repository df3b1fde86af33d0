import { describe, expect, test } from '@jest/globals';
import * as driver from 'cassandra-driver';

import { asSetupError } from './connect-error.js';
import { resolveCassandraOptions } from './options.js';

const { errors } = driver as unknown as { errors: Record<string, new (...args: unknown[]) => Error> };
const options = resolveCassandraOptions({
  hosts: ['10.0.0.1'],
  credentials: { username: 'ann', password: 'secret-7' },
});
const wrapped = (inner: Error): Error => new errors['NoHostAvailableError']!({ '10.0.0.1:9042': inner });

describe('what no retry can cure is a set-up error', () => {
  test('refused credentials, without the password', () => {
    const error = asSetupError(
      wrapped(new errors['AuthenticationError']!('Provided username ann and/or password are incorrect')),
      options,
    );
    expect(error).toMatchObject({
      code: 'ERR_CASSANDRA_CREDENTIALS',
      message:
        'cassandra at 10.0.0.1:9042 refused the credentials (user ann): Provided username ann and/or password are incorrect',
    });
  });

  test('no credentials where the server wants some', () => {
    const none = resolveCassandraOptions({ hosts: ['10.0.0.1'] });
    expect(
      asSetupError(new errors['AuthenticationError']!('Authentication provider not set'), none)?.message,
    ).toContain('refused the credentials (no credentials are set)');
  });

  test('a data center that the cluster does not have', () => {
    const text = "localDataCenter was configured as 'x', but only found hosts in data centers: [dc1]";
    expect(asSetupError(new errors['ArgumentError']!(text), options)?.code).toBe('ERR_CASSANDRA_DATA_CENTER');
  });

  test('a keyspace that does not exist', () => {
    expect(asSetupError(new errors['ResponseError']!(0x2200, "Keyspace 'x' does not exist"), options)?.code).toBe(
      'ERR_CASSANDRA_KEYSPACE',
    );
  });

  test('a certificate that is not trusted', () => {
    const tls = Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(asSetupError(wrapped(tls), options)?.code).toBe('ERR_CASSANDRA_TLS');
  });
});

describe('everything else is worth another try', () => {
  test.each([
    wrapped(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })),
    wrapped(
      new errors['AuthenticationError']!('Unable to perform authentication: Cannot achieve consistency level QUORUM'),
    ),
    new errors['OperationTimedOutError']!('late'),
    new errors['NoHostAvailableError']!({}, 'No host could be resolved'),
    new Error('unknown'),
  ])('$message', (error) => {
    expect(asSetupError(error, options)).toBeUndefined();
  });
});
