import type { Syntax } from './variable.js';

/** Kafka's own rule for topics; the embedded log keeps to it too. */
export const topicName: Syntax = {
  pattern: /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/,
  means: 'a topic name (1 to 249 letters, digits, dots, dashes, underscores)',
};

/** A keyspace, table or column name: it cannot be a bound parameter, so nothing else may get into a statement. */
export const cqlName: Syntax = {
  pattern: /^[a-zA-Z][a-zA-Z0-9_]{0,47}$/,
  means: 'a Cassandra name (a letter, then up to 47 letters, digits, underscores)',
};

/** `host:port`; an IPv6 address goes in brackets. */
export const hostAndPort: Syntax = {
  pattern: /^(?:\[[0-9a-fA-F:.]+\]|[^\s:/@,[\]]+):\d{1,5}$/,
  means: 'host:port',
};

/** A host name or an address, without port and without a scheme. */
export const hostName: Syntax = {
  pattern: /^[^\s/@,[\]]+$/,
  means: 'a host name or address, without scheme, port or path',
};

const URL_USER = String.raw`(?:[^\s/@?#]*@)?`;
const URL_HOST = String.raw`(?:\[[0-9a-fA-F:.]+\]|[^\s/:@?#[\]]+)`;
const URL_PORT = String.raw`(?::(?:\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5]))?`;

/** The base of an HTTP service: a path is appended to it. */
export const httpUrl: Syntax = {
  pattern: new RegExp(`^https?://${URL_USER}${URL_HOST}${URL_PORT}(?:/[^\\s?#]*)?$`),
  means: 'a URL that begins with http:// or https://, without ? and #',
};
