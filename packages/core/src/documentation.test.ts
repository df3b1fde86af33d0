import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';
import ts from 'typescript';

const here = fileURLToPath(new URL('.', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'millrace-core-examples-'));

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Example {
  readonly where: string;
  readonly code: string;
}

/** The blocks of a README as they are; those of docstrings without their asterisks. */
function examplesIn(where: string, text: string): Example[] {
  const plain = where.endsWith('.md') ? text : text.replace(/^ +\* ?/gm, '');
  return [...plain.matchAll(/^```ts\n(.*?)^```$/gms)].map((match, n) => ({
    where: `${where} #${String(n + 1)}`,
    code: match[1] ?? '',
  }));
}

const sources = readdirSync(here, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .sort();
const examples = [
  ...examplesIn('README.md', readFileSync(join(here, '../README.md'), 'utf8')),
  ...examplesIn('write-a-connector.md', readFileSync(join(here, '../../../docs/write-a-connector.md'), 'utf8')),
  ...sources.flatMap((file) => examplesIn(`src/${file}`, readFileSync(join(here, file), 'utf8'))),
];

/** `expression; // => value` is checked; all else just runs. */
function withChecks(code: string): string {
  return code.replace(/^(.+); \/\/ => (.+)$/gm, '__check($1, $2);');
}

test.each(examples.map(({ where, code }, n) => [where, code, n] as const))(
  'the example %s runs',
  async (_, code, n) => {
    const checks: string[] = [];
    (globalThis as { __check?: unknown }).__check = (actual: unknown, expected: unknown) => {
      checks.push('checked');
      expect(actual).toEqual(expected);
    };
    const file = join(folder, `example-${String(n)}.ts`);
    writeFileSync(file, withChecks(code));
    await import(pathToFileURL(file).href);
    expect(checks).toHaveLength(code.split('// =>').length - 1);
  },
);

test('the examples compile', () => {
  const codeOf = new Map(
    examples.map(({ where, code }, n) => [join(here, `__example-${String(n)}.ts`), `// ${where}\nexport {};\n${code}`]),
  );
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ['node'],
    paths: {
      '@millrace/core': [join(here, 'index.ts')],
      '@millrace/core/testing': [join(here, 'testing/index.ts')],
    },
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile, readFile } = host;
  host.fileExists = (file) => codeOf.has(file) || fileExists(file);
  host.readFile = (file) => codeOf.get(file) ?? readFile(file);
  host.getSourceFile = (file, version, ...rest) => {
    const code = codeOf.get(file);
    return code === undefined ? getSourceFile(file, version, ...rest) : ts.createSourceFile(file, code, version);
  };
  const program = ts.createProgram([...codeOf.keys()], options, host);
  const found = [...codeOf].flatMap(([file, code]) => {
    const source = program.getSourceFile(file);
    const diagnostics = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return diagnostics.map(
      ({ messageText }) => `${code.split('\n')[0] ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    );
  });
  expect(found).toEqual([]);
}, 180_000);

test('there are examples', () => {
  expect(examples.length).toBeGreaterThanOrEqual(8);
});
