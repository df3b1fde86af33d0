import { describe, expect, test } from '@jest/globals';
import { certificateProblem } from './certificate-problem.js';

const failed = (code: string, message: string, cause?: unknown): Error =>
  Object.assign(new Error(message, cause === undefined ? undefined : { cause }), { code });

describe('whether a certificate is to blame', () => {
  test('a chain that leads to no trusted authority, also below what a client wraps round it', () => {
    const cause = failed('UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to verify\n the first certificate');
    expect(certificateProblem(new Error('retries exceeded', { cause }))).toBe('unable to verify the first certificate');
  });

  test('another name than the one in the certificate', () => {
    expect(certificateProblem(failed('ERR_TLS_CERT_ALTNAME_INVALID', 'Host: x. is not in the list'))).toContain('Host');
  });

  test('the service refuses ours: said without the place in OpenSSL', () => {
    const error = failed('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', '80:error:0A00045C:SSL routines:x.c:1601\n');
    expect(certificateProblem(error)).toBe('the service refused: certificate required');
    expect(certificateProblem(failed('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', ''))).toBe('the service refused: unknown ca');
  });

  test.each([failed('ECONNREFUSED', 'x'), failed('ERR_SSL_WRONG_VERSION_NUMBER', 'x'), new Error('x'), undefined, 'x'])(
    'nobody is there, or no TLS: no certificate (%s)',
    (error) => {
      expect(certificateProblem(error)).toBeUndefined();
    },
  );

  test('a cause that leads back to itself ends', () => {
    const error = new Error('loop');
    error.cause = error;
    expect(certificateProblem(error)).toBeUndefined();
  });
});
