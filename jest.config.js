'use strict';

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'commonjs' },
      },
    ],
  },
  // Sources may say './x.js' as the compiled files do; here the TypeScript file is meant.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1', '^wembed$': '<rootDir>/lib/index' },
  testTimeout: 60000,
};
