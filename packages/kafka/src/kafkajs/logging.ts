import type { logCreator, LogEntry } from 'kafkajs';
import type { Logger } from '@millrace/core';
import { logLevel } from './library.js';

/** Say each try of a connection, ten lines a second in an outage. */
const CHATTY = new Set(['Connection', 'BrokerPool']);

/**
 * kafkajs's log lines on our logger, one level lower than it calls them: what it calls an error is mostly an attempt
 * that it repeats by itself. What matters to an operator is logged by this package in its own words.
 */
export function logTo(logger: Logger): logCreator {
  return () => (entry: LogEntry) => {
    const { message, timestamp: _timestamp, logger: _logger, stack: _stack, ...fields } = entry.log;
    const text = `kafkajs ${entry.namespace}: ${message}`;
    if (CHATTY.has(entry.namespace)) logger.debug(fields, text);
    else if (entry.level === logLevel.ERROR) logger.warn(fields, text);
    else if (entry.level === logLevel.WARN) logger.info(fields, text);
    else logger.debug(fields, text);
  };
}
