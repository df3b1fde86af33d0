import { messageOf } from '../errors.js';

/** What OpenSSL calls certificates that it does not accept, and Node's own check of the name (nodejs.org/api/tls.html, X509 certificate error codes). */
const VERIFICATION = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_CRL',
  'UNABLE_TO_DECRYPT_CERT_SIGNATURE',
  'UNABLE_TO_DECRYPT_CRL_SIGNATURE',
  'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
  'CERT_SIGNATURE_FAILURE',
  'CRL_SIGNATURE_FAILURE',
  'CERT_NOT_YET_VALID',
  'CERT_HAS_EXPIRED',
  'CRL_NOT_YET_VALID',
  'CRL_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_CHAIN_TOO_LONG',
  'CERT_REVOKED',
  'INVALID_CA',
  'PATH_LENGTH_EXCEEDED',
  'INVALID_PURPOSE',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'HOSTNAME_MISMATCH',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);
/** How the other side says that it does not accept ours (RFC 8446, 6.2). */
const ALERT = /^ERR_SSL_\w*ALERT_(\w*CERTIFICATE\w*|UNKNOWN_CA)$/;

/**
 * Why a TLS connection failed where a certificate is to blame, in one line; undefined for every other error. Looks at the
 * error and at what caused it, as clients wrap it.
 */
export function certificateProblem(error: unknown): string | undefined {
  let current = error;
  for (let depth = 0; depth < 10 && typeof current === 'object' && current !== null; depth++) {
    const { code, cause } = current as { readonly code?: unknown; readonly cause?: unknown };
    if (typeof code === 'string') {
      if (VERIFICATION.has(code)) return oneLine(messageOf(current));
      if (ALERT.test(code))
        return (
          'the service refused: ' +
          code
            .replace(/^.*ALERT_/, '')
            .toLowerCase()
            .replaceAll('_', ' ')
        );
    }
    current = cause;
  }
  return undefined;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
