import { findOnPath, isExecutable } from './find-program.ts';
import type { Service } from './service.ts';

const ELSEWHERE = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** A browser for the console's tests: they start it themselves, so only its path is handed on. */
export const chromium: Service = {
  name: 'Chromium',
  covers: 'the console in a browser',
  variable: 'TEST_CHROMIUM',
  debianPackage: 'chromium',
  find: () =>
    findOnPath('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable') ?? ELSEWHERE.find(isExecutable),
  start: async (program) => ({ address: program, stop: async () => undefined }),
};
