import net from 'node:net';
import tls from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

const KEEP_ALIVE_MS = 60_000;

/**
 * Sockets as kafkajs makes them, but for one thing: while a broker is down it calls `unref` on the dead socket again and
 * again, and Node keeps each call as a listener for a connection that never comes (a MaxListenersExceededWarning, and
 * memory for as long as the outage lasts).
 */
export const openSocket: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  // kafkajs passes what was configured: nothing where TLS is off. A name is needed for SNI, an address is none.
  const servername = net.isIP(host) === 0 ? { servername: host } : {};
  const tlsOptions = ssl as tls.ConnectionOptions | boolean | undefined;
  const socket =
    tlsOptions === undefined || tlsOptions === false
      ? net.connect({ host, port }, onConnect)
      : tls.connect({ host, port, ...servername, ...(tlsOptions === true ? {} : tlsOptions) }, onConnect);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  const unref = socket.unref.bind(socket);
  socket.unref = () => (socket.destroyed ? socket : unref());
  return socket;
};
