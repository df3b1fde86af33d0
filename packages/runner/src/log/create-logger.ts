import type { Logger } from '@millrace/core';
import { pino } from 'pino';
import type { LogFormat, LogLevel } from './log-options.js';
import { prettyLine } from './pretty-line.js';

export interface LoggerOptions {
  readonly format: LogFormat;
  readonly level: LogLevel;
  /** Label of every line. */
  readonly job: string;
  /** Number of a forked process, from 1. */
  readonly worker?: number | undefined;
  /** Values that are replaced by asterisks wherever they turn up. */
  readonly secrets: readonly string[];
  /** Takes whole lines, with their line feed. */
  readonly write: (line: string) => void;
}

/** The process's logger: pino, one JSON object a line, or a readable line for terminals. */
export function createLogger(options: LoggerOptions): Logger {
  const { format, level, job, worker, secrets } = options;
  const mask = masker(secrets);
  const write = (line: string): void => options.write(mask(format === 'json' ? line : prettyLine(line)));
  return pino(
    {
      level,
      base: { job, pid: process.pid, ...(worker === undefined ? {} : { worker }) },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: (fields) => plainErrors(fields, level) },
      // plainErrors has dealt with them.
      serializers: { err: (value: unknown) => value },
    },
    { write },
  );
}

/**
 * Errors of clients carry whole requests and connections with credentials in them: only name, code, message and causes
 * are logged, and the stack when debugging.
 */
function plainErrors(fields: object, level: LogLevel): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? plainError(value, level, 0) : value]),
  );
}

const MAX_CAUSES = 4;

function plainError(error: Error, level: LogLevel, depth: number): object {
  const { code } = error as { code?: unknown };
  return {
    name: error.name,
    ...(code === undefined ? {} : { code }),
    message: error.message,
    ...(level === 'debug' ? { stack: error.stack } : {}),
    ...(error.cause instanceof Error && depth < MAX_CAUSES ? { cause: plainError(error.cause, level, depth + 1) } : {}),
  };
}

/** Replaces the given texts, plain and as they stand inside JSON, and inside JSON that is quoted in JSON. */
export function masker(secrets: readonly string[]): (text: string) => string {
  const quoted = (text: string): string => JSON.stringify(text).slice(1, -1);
  const texts = [...new Set(secrets.flatMap((secret) => [secret, quoted(secret), quoted(quoted(secret))]))];
  // The longest first: where one secret begins another, nothing of that one is left over.
  texts.sort((a, b) => b.length - a.length);
  return (text) => texts.reduce((masked, secret) => masked.replaceAll(secret, '********'), text);
}
