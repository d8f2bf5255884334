'use strict';

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  // Types are checked once, by `npm run lint:types`; here each file is only translated.
  transform: { '^.+\\.ts$': ['ts-jest', { tsconfig: 'tsconfig.json', diagnostics: false }] },
  moduleNameMapper: {
    // Sources may say './x.js' as the compiled files do; here the TypeScript file is meant.
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^wembed$': '<rootDir>/lib/index',
  },
  // Only for what hangs: machines are slow and busy.
  testTimeout: 240000,
};
