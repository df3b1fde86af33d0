import { types } from 'node:util';
import { certificateProblem } from './certificate-problem.js';

/**
 * Keys and certificates that OpenSSL cannot read, versions of TLS that do not meet, and a server that speaks no TLS. Other
 * alerts (internal error, a lost connection) may pass.
 */
const PATTERN =
  /^ERR_(OSSL_|TLS_INVALID|SSL_(WRONG_VERSION_NUMBER|UNSUPPORTED_PROTOCOL|NO_PROTOCOLS_AVAILABLE|\w+_ALERT_(HANDSHAKE_FAILURE|PROTOCOL_VERSION|ACCESS_DENIED))$)/;

/**
 * What Node says where TLS to a server cannot work as it is set up, in one line: a certificate that is not accepted
 * (`certificateProblem`), a key that cannot be read, a server that speaks no TLS. Trying again cannot cure it. Undefined
 * for every other error. For connectors, which turn it into a `SetupError`.
 */
export function tlsRefusal(error: unknown): string | undefined {
  const certificate = certificateProblem(error);
  if (certificate !== undefined) return certificate;
  if (!(error instanceof Error) && !types.isNativeError(error)) return undefined;
  const { code, reason } = error as NodeJS.ErrnoException & { readonly reason?: unknown };
  if (typeof code !== 'string' || !PATTERN.test(code)) return undefined;
  // Texts of OpenSSL begin with numbers and end with its source file; the reason is the part for people.
  const text = typeof reason === 'string' ? reason : error.message;
  return `${text.replace(/\s+/g, ' ').trim()} (${code})`;
}
