/** @jest-config-loader ts-node */
/** @jest-config-loader-options {"transpileOnly": true, "compilerOptions": {"module": "esnext"}} */
import type { Config } from 'jest';

const shared = {
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ] as [string, Record<string, unknown>],
  },
  moduleNameMapper: {
    '^@millrace/core/testing$': '<rootDir>/packages/core/src/testing/index.ts',
    '^@millrace/reconciliation/parts$': '<rootDir>/packages/reconciliation/src/parts.ts',
    '^@millrace/([a-z-]+)$': '<rootDir>/packages/$1/src/index.ts',
    // TypeScript sources import './x.js'; the file on disk is './x.ts'.
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['/dist/'],
  setupFilesAfterEnv: ['<rootDir>/packages/testing/jest/time-limit.mjs'],
  testEnvironment: 'node',
};

const config: Config = {
  reporters: ['default', '<rootDir>/packages/testing/jest/reporter.mjs'],
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/{packages,examples}/**/*.test.ts', '<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '/dist/', '\\.(integration|integrity)\\.test\\.ts$'],
    },
    {
      ...shared,
      displayName: 'integration',
      globalSetup: '<rootDir>/packages/testing/jest/global-setup.mjs',
      globalTeardown: '<rootDir>/packages/testing/jest/global-teardown.mjs',
      testMatch: ['<rootDir>/{packages,examples}/**/*.integration.test.ts', '<rootDir>/test/**/*.integration.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '/dist/'],
    },
    {
      // Faults on services of its own: npm run test:integrity.
      ...shared,
      displayName: 'integrity',
      testMatch: ['<rootDir>/test/integrity/rows.integrity.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '/dist/'],
    },
  ],
};

export default config;
