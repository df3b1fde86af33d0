import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';

const module = new URL('../../tools/check-dependencies.mjs', import.meta.url).href;

/** What an expression over the exports of the tool gives; the tool is no module that jest may load. */
function value(expression: string): unknown {
  const script = `import * as tool from ${JSON.stringify(module)}; console.log(JSON.stringify(${expression}));`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
  return JSON.parse(stdout);
}

describe('what comes with the packages', () => {
  test('a licence that is not on the list is named with its package; of a choice one will do, of several all are needed', () => {
    const listed = {
      MIT: [{ name: 'a', versions: ['1.0.0'] }],
      'GPL-3.0': [{ name: 'b', versions: ['1.0.0', '2.0.0'] }],
      '(MIT OR GPL-3.0)': [{ name: 'c', versions: ['1.0.0'] }],
      'MIT AND GPL-3.0': [{ name: 'd', versions: ['1.0.0'] }],
      '(MIT AND ISC)': [{ name: 'e', versions: ['1.0.0'] }],
      Unknown: [{ name: 'f', versions: ['1.0.0'] }],
    };
    expect(value(`tool.refusedLicences(${JSON.stringify(listed)})`)).toEqual([
      'b@1.0.0,2.0.0: GPL-3.0',
      'd@1.0.0: MIT AND GPL-3.0',
      'f@1.0.0: Unknown',
    ]);
  });

  test('an audit that was not answered is told from one that found nothing', () => {
    const none = JSON.stringify({ metadata: { vulnerabilities: { high: 0, critical: 0 } } });
    const refused = JSON.stringify({ error: { code: 'ERR_PNPM_AUDIT_BAD_RESPONSE', message: 'responded with 405' } });
    const answers = [none, refused, 'connect ECONNREFUSED', ''].map((printed) =>
      value(`tool.auditAnswer(${JSON.stringify(printed)})`),
    );
    expect(answers).toEqual([
      { found: { high: 0, critical: 0 } },
      { notRun: 'responded with 405' },
      { notRun: 'connect ECONNREFUSED' },
      { notRun: 'no answer' },
    ]);
  });

  test('a script that an install would run is found, others are not', () => {
    expect(value(`tool.installScripts({ scripts: { build: 'tsc', postinstall: 'x', prepare: 'y' } })`)).toEqual([
      'postinstall',
      'prepare',
    ]);
    expect(value('tool.installScripts({})')).toEqual([]);
  });
});
