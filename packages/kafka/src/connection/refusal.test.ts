import { expect, test } from '@jest/globals';
import { refusal } from './refusal.js';

const connectionError = (code: string, message: string): Error =>
  Object.assign(new Error(`Connection error: ${message}`), { name: 'KafkaJSConnectionError', code });
const exceeded = (cause: Error): Error =>
  Object.assign(new Error('retries', { cause }), { name: 'KafkaJSNumberOfRetriesExceeded' });

test('a certificate that is not trusted, below what kafkajs wraps round it: one line with the address', () => {
  const error = exceeded(connectionError('UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to verify the first certificate'));
  expect(refusal('host:9093', error)).toMatchObject({
    code: 'ERR_KAFKA_TLS',
    message: expect.stringMatching(
      /^Kafka at host:9093: TLS cannot be used: unable to verify the first certificate$/,
    ) as unknown,
  });
});

test('a client certificate that the broker misses', () => {
  const error = connectionError('ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', '807C:error:0A000412\n');
  expect(refusal('h:1', error)?.message).toBe('Kafka at h:1: TLS cannot be used: the service refused: bad certificate');
});

test('no version of TLS in common: the reason without the numbers of OpenSSL', () => {
  const text =
    '807C:error:0A000412:SSL routines:ssl3_read_bytes:tlsv1 alert protocol version:../deps/x.c:16:alert 70\n';
  expect(refusal('h:1', connectionError('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', text))?.message).toContain(
    'used: tlsv1 alert protocol version (ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION)',
  );
});

test('an error that was judged already stays as it is; an outage is none', () => {
  const judged = refusal('h:1', connectionError('CERT_HAS_EXPIRED', 'certificate has expired'));
  expect(refusal('h:1', judged)).toBe(judged);
  expect(refusal('h:1', exceeded(connectionError('ECONNREFUSED', 'connect ECONNREFUSED')))).toBeUndefined();
});
