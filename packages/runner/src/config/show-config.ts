import { showValue, type EffectiveConfig } from './effective-config.js';

/** Effective values with where each came from; one line each, or JSON. Secrets are masked. */
export function showConfig(config: EffectiveConfig, format: 'text' | 'json'): string {
  const rows = config.entries().map((entry) => ({
    name: entry.name,
    value: entry.value === undefined ? null : showValue(entry),
    origin: entry.origin,
    written: entry.written,
  }));
  if (format === 'json') return `${JSON.stringify(rows, null, 2)}\n`;
  const nameWidth = Math.max(...rows.map(({ name }) => name.length));
  const valueWidth = Math.min(60, Math.max(...rows.map(({ value }) => (value ?? '(unset)').length)));
  return rows
    .map(
      ({ name, value, origin }) => `${name.padEnd(nameWidth)}  ${(value ?? '(unset)').padEnd(valueWidth)}  ${origin}\n`,
    )
    .join('');
}
