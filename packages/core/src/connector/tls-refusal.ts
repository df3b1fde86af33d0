import { types } from 'node:util';

/** Certificate problems as Node names them (the X.509 codes of tls.html). */
const CODES = new Set([
  'CERT_CHAIN_TOO_LONG',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/**
 * Keys and certificates that OpenSSL cannot read, an own certificate that the server refuses or misses, versions of TLS
 * that do not meet, and a server that speaks no TLS. Other alerts (internal error, a lost connection) may pass.
 */
const PATTERN =
  /^ERR_(OSSL_|TLS_INVALID|SSL_(WRONG_VERSION_NUMBER|UNSUPPORTED_PROTOCOL|NO_PROTOCOLS_AVAILABLE|\w+_ALERT_(HANDSHAKE_FAILURE|\w*CERTIFICATE\w*|UNKNOWN_CA|PROTOCOL_VERSION|ACCESS_DENIED))$)/;

/**
 * What Node says where TLS to a server cannot work as it is set up, in one line with the code, such as
 * `self-signed certificate (DEPTH_ZERO_SELF_SIGNED_CERT)`: trying again cannot cure it. Undefined for every other error.
 * For connectors, which turn it into a `SetupError`.
 */
export function tlsRefusal(error: unknown): string | undefined {
  if (!(error instanceof Error) && !types.isNativeError(error)) return undefined;
  const { code, reason } = error as NodeJS.ErrnoException & { readonly reason?: unknown };
  if (typeof code !== 'string' || !(CODES.has(code) || PATTERN.test(code))) return undefined;
  // Texts of OpenSSL begin with numbers and end with its source file; the reason is the part for people.
  const text = typeof reason === 'string' && !CODES.has(code) ? reason : error.message;
  return `${text.replace(/\s+/g, ' ').trim()} (${code})`;
}
