/** Started by test/support/run-tests.ts, which adds `--experimental-vm-modules` (ESM, and PGlite's own imports). */
export default {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: {
    '\\.tsx?$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2024',
          parser: { syntax: 'typescript', tsx: false },
          transform: { verbatimModuleSyntax: true },
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  moduleFileExtensions: ['ts', 'tsx', 'js', 'mjs', 'cjs', 'json', 'node'],
  setupFilesAfterEnv: ['<rootDir>/test/support/refuse-network.ts', '<rootDir>/test/support/one-realm.ts'],
  // Not in the temporary folder: run-tests.ts gives each run one of its own.
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  maxWorkers: 2,
  // What a test file leaves behind (Medplum's definitions, mostly) goes with the process.
  workerIdleMemoryLimit: '1GB',
  testTimeout: 60_000,
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/data/', '<rootDir>/artifacts/'],
  watchman: false,
};
