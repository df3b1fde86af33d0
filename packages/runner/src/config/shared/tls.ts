import { boolean, text } from '../define.js';
import type { Variable } from '../variable.js';

type TlsVariables<P extends string> = Record<`${P}.tls.enabled`, Variable<boolean>> &
  Record<`${P}.tls.${'ca' | 'cert' | 'key' | 'key-passphrase' | 'servername'}`, Variable<string | undefined>>;

/** TLS for one service; the variables begin with `prefix`. */
export function tlsVariables<const P extends string>(prefix: P, service: string): TlsVariables<P> {
  return {
    [`${prefix}.tls.enabled`]: boolean({ doc: `Encrypt the connection to ${service}.`, default: false }),
    [`${prefix}.tls.ca`]: text({
      doc: `File with the certificate authorities (PEM) that ${service}'s certificate is checked against; the system's where unset.`,
    }),
    [`${prefix}.tls.cert`]: text({ doc: `File with the client certificate (PEM) for ${service}.` }),
    [`${prefix}.tls.key`]: text({ doc: `File with the private key (PEM) of the client certificate for ${service}.` }),
    [`${prefix}.tls.key-passphrase`]: text({ doc: `Passphrase of that private key.`, secret: true }),
    [`${prefix}.tls.servername`]: text({
      doc: `Name expected in ${service}'s certificate, where it differs from the host.`,
    }),
  } as unknown as TlsVariables<P>;
}
