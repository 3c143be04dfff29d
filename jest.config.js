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
  // What a test file leaves behind (Medplum's definitions, mostly) goes with the process. Where that was the last file, the
  // process in its place may not be up yet when jest ends it half a second later: then jest says that a worker "failed to exit
  // gracefully". With a limit of 4GB it does not, and nothing leaks.
  workerIdleMemoryLimit: '1GB',
  testTimeout: 60_000,
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/data/', '<rootDir>/artifacts/'],
  watchman: false,
};
