import { expect, test } from '@jest/globals';
import { tlsRefusal } from './tls-refusal.js';

const coded = (code: string): Error => Object.assign(new Error('refused'), { code });

test.each(['ERR_OSSL_EVP_UNSUPPORTED', 'ERR_OSSL_X509_KEY_VALUES_MISMATCH', 'ERR_SSL_WRONG_VERSION_NUMBER'])(
  '%s is not cured by trying again',
  (code) => {
    expect(tlsRefusal(coded(code))).toBe(`refused (${code})`);
  },
);

test('nor is a certificate that is not accepted, ours or theirs', () => {
  expect(tlsRefusal(coded('DEPTH_ZERO_SELF_SIGNED_CERT'))).toBe('refused');
  expect(tlsRefusal(coded('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'))).toMatch(/the service refused/);
});

test.each([
  coded('ECONNRESET'),
  coded('ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR'),
  coded('ERR_SSL_UNEXPECTED_EOF_WHILE_READING'),
  new Error('CERT_HAS_EXPIRED'),
  undefined,
])('%p may pass', (error) => {
  expect(tlsRefusal(error)).toBeUndefined();
});

test('of an error of OpenSSL the reason is told, in one line', () => {
  const error = Object.assign(
    new Error('40B7F:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/ssl3_record.c:354:\n'),
    { code: 'ERR_SSL_WRONG_VERSION_NUMBER', reason: 'wrong version number' },
  );
  expect(tlsRefusal(error)).toBe('wrong version number (ERR_SSL_WRONG_VERSION_NUMBER)');
});

test('a name that does not fit is told in full', () => {
  const error = Object.assign(new Error("Hostname/IP does not match certificate's altnames: IP: 10.0.0.1 is not in"), {
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    reason: 'IP: 10.0.0.1 is not in',
  });
  expect(tlsRefusal(error)).toContain("does not match certificate's altnames");
});
