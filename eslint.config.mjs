// One TypeScript program for the whole repository (tsconfig.lint.json maps @millrace/* to sources, so that no build is
// needed): about as quick for one package as for all.
import eslint from '@eslint/js';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

const tests = [
  '**/*.test.ts',
  '**/*.conformance.ts',
  'packages/*/test/**',
  'test/**',
  'packages/*/src/**/test-support/**',
];

/** What a package's sources may import besides themselves, Node and their declared dependencies. */
const arrows = {
  core: [],
  kafka: ['core'],
  cassandra: ['core'],
  redis: ['core'],
  embedded: ['core'],
  runner: ['core'],
  testing: ['core'],
  reconciliation: ['core', 'kafka', 'cassandra', 'redis', 'embedded', 'runner'],
};

/** The one package that may know a client library. */
const owners = {
  kafkajs: 'kafka',
  'kafkajs-snappy': 'kafka',
  'cassandra-driver': 'cassandra',
  ioredis: 'redis',
  lmdb: 'embedded',
};

const names = Object.keys(arrows).join('|');
const noDeepImports = [
  {
    regex: '^@millrace/(?!core/testing$)[^/]+/.+',
    message: "Import from the package's entry point; what is not exported there is private.",
  },
  {
    regex: `^(?:\\.\\./)+(?:packages/)?(?:${names})/src(?:/|$)`,
    message: 'Import another package by its name, never by a path into its sources.',
  },
];
const clientsOf = (name) =>
  Object.entries(owners)
    .filter(([, owner]) => owner !== name)
    .map(([library, owner]) => ({
      regex: `^${library}(?:/|$)`,
      message: `Only packages/${owner} knows ${library}; use what @millrace/${owner} exports.`,
    }));
const restrict = (...patterns) => ({ '@typescript-eslint/no-restricted-imports': ['error', { patterns }] });

const boundaries = Object.entries(arrows).flatMap(([name, allowed]) => [
  {
    files: [`packages/${name}/src/**/*.ts`],
    rules: restrict(...noDeepImports, ...clientsOf(name), {
      regex: `^@millrace/(?!(?:${[...allowed, '-'].join('|')})(?:/|$))`,
      message: `Arrows point one way: packages/${name} may import ${allowed.map((other) => `@millrace/${other}`).join(', ') || 'no other package'}.`,
    }),
  },
  {
    files: [`packages/${name}/{src,test}/**/*.ts`].flatMap((glob) => tests.map((test) => [glob, test])),
    rules: restrict(...noDeepImports, ...clientsOf(name)),
  },
  {
    files: [`packages/${name}/**/*.ts`],
    rules: {
      'import-x/no-extraneous-dependencies': [
        'error',
        {
          packageDir: [import.meta.dirname, `${import.meta.dirname}/packages/${name}`],
          devDependencies: [...tests, '**/packages/testing/src/**'],
        },
      ],
    },
  },
]);

export default tseslint.config(
  {
    ignores: [
      '**/dist/',
      'build/',
      '**/node_modules/',
      'coverage/',
      '**/.millrace/',
      'packages/*/fixtures/',
      'test/fixtures/',
    ],
  },
  eslint.configs.recommended,
  {
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        Buffer: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        setImmediate: 'readonly',
        AbortController: 'readonly',
        AbortSignal: 'readonly',
        performance: 'readonly',
        fetch: 'readonly',
        TextDecoder: 'readonly',
        TextEncoder: 'readonly',
        structuredClone: 'readonly',
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    plugins: { 'import-x': importX },
    languageOptions: {
      parserOptions: { project: './tsconfig.lint.json', tsconfigRootDir: import.meta.dirname },
    },
    settings: {
      'import-x/extensions': ['.ts'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/resolver-next': [
        createNodeResolver({ extensions: ['.ts', '.js', '.mjs'], extensionAlias: { '.js': ['.ts', '.js'] } }),
      ],
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // Implementations of asynchronous ports are often synchronous; `async` turns what they throw into a rejection.
      '@typescript-eslint/require-await': 'off',
      // Narrowing does not see that a field changes across an await or in a callback, and reports checks that are needed.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // With noUncheckedIndexedAccess, `!` is the honest way to read an array inside its bounds.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'import-x/no-default-export': 'error',
      'max-lines': ['error', 400],
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  ...boundaries,
  {
    files: ['packages/core/src/**/*.ts'],
    ignores: tests,
    rules: restrict(...noDeepImports, {
      regex: '^(?!\\.|node:|rxjs$|rxjs/)',
      message: 'packages/core depends on rxjs alone.',
    }),
  },
  {
    files: ['packages/reconciliation/src/domain/**/*.ts'],
    ignores: tests,
    rules: restrict(...noDeepImports, {
      regex: '^(?!\\./|\\.\\./domain/)',
      allowTypeImports: true,
      message: 'domain/ is pure: it imports nothing but types from elsewhere.',
    }),
  },
  {
    files: tests,
    rules: {
      'max-lines': 'off',
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-empty-function': 'off',
    },
  },
  // A job definition is the default export of its module, a configuration that of its file.
  {
    files: ['*.config.ts', 'examples/*/src/*.ts', 'packages/reconciliation/src/index.ts', '**/test-support/**'],
    rules: { 'import-x/no-default-export': 'off' },
  },
  { files: ['**/*.mjs', '**/*.js', 'bench/**/*.ts', 'examples/*/src/*.ts'], rules: { 'no-console': 'off' } },
);
