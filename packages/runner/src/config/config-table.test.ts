import { expect, test } from '@jest/globals';
import { configTable, withConfigTable } from './config-table.js';
import { integer, list, text } from './define.js';

const variables = {
  'a.topic': text({ doc: 'Topic a|b.', default: '{{env}}.a', aliases: ['old.a'] }),
  'a.size': integer({ doc: 'Size.', default: 5, min: 1, unit: 'bytes' }),
  'a.hosts': list({ doc: 'Hosts.', default: [] }),
  'a.password': text({ doc: 'Password.', secret: true }),
  'a.old': integer({ doc: 'Old.', default: 1, noEffect: true }),
};

test('the table has a row for each variable', () => {
  expect(configTable(variables).split('\n')).toEqual([
    '| variable | default | meaning |',
    '|---|---|---|',
    '| `a.topic` | `{{env}}.a` | Topic a\\|b. Also `old.a`. |',
    '| `a.size` | `5` | Size. A whole number of at least 1 bytes. |',
    '| `a.hosts` |  | Hosts. A list separated by commas. |',
    '| `a.password` |  | Password. Secret. |',
    '| `a.old` | `1` | Old. A whole number. Accepted, without effect. |',
  ]);
});

test('a document is up to date when putting the table in changes nothing', () => {
  const document = '# X\n<!-- configuration table: begin -->\nold\n<!-- configuration table: end -->\ntext';
  const current = withConfigTable(document, variables);
  expect(current).toMatch(/^# X\n<!--.*-->\n\| variable[^]*-->\ntext$/);
  expect(withConfigTable(current, variables)).toBe(current);
  expect(() => withConfigTable('no markers', variables)).toThrow('has no block');
});
