const HIDDEN = new Set(['level', 'time', 'msg', 'job', 'pid']);

/** A JSON log line as people read it: `12:03:59 info  job state  state=RUNNING`. */
export function prettyLine(json: string): string {
  const line = JSON.parse(json) as Record<string, unknown>;
  const fields = Object.entries(line)
    .filter(([name]) => !HIDDEN.has(name))
    .map(([name, value]) => `${name}=${showField(value)}`);
  const time = String(line['time']).slice(11, 19);
  const level = String(line['level']).padEnd(5);
  return `${[time, level, messageText(line['msg']), ...fields].join(' ').trimEnd()}\n`;
}

function messageText(message: unknown): string {
  return typeof message === 'string' ? message : '';
}

function showField(value: unknown): string {
  if (typeof value === 'string') return /^[^\s="]+$/.test(value) ? value : JSON.stringify(value);
  if (typeof value === 'object' && value !== null && 'message' in value) {
    const { message, cause } = value as { message: unknown; cause?: unknown };
    const reason = cause === undefined ? '' : ` (${showField(cause)})`;
    return JSON.stringify(message) + reason;
  }
  return JSON.stringify(value) ?? 'undefined';
}
