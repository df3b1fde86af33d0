const log = (level) => (fields, msg) => process.stderr.write(`${JSON.stringify({ level, ...fields, msg })}\n`);

/** Warnings and errors of a small job, as JSON lines on its standard error. */
export const logger = { debug() {}, info() {}, warn: log('warn'), error: log('error'), child: () => logger };
