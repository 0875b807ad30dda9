import { defineConfig } from 'vitest/config';

const FOLDERS = '{acceptance,packages,services,infra,scripts}';
const EXCLUDED = ['**/node_modules/**', '.fineprint/**'];
const MISSION = 'acceptance/src/mission.itest.ts';
const REAL_PARTS = { testTimeout: 120_000, hookTimeout: 180_000, fileParallelism: false };

/**
 * `*.test.ts` beside its code: pure, no network, milliseconds. `*.itest.ts`: real parts, started once for all.
 * `*.stack.itest.ts`: starts, stops and breaks real parts of its own. The product document's rows have real parts to themselves.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          // Half of the time went into loading the same modules for each file. What one file mocks, it loads anew.
          isolate: false,
          // For what hangs. Properties over hundreds of cases take a second, and several on a machine that others use, too.
          testTimeout: 30_000,
          include: [`${FOLDERS}/**/*.test.ts`, 'schemas/**/*.test.ts'],
          exclude: EXCLUDED,
        },
      },
      {
        test: {
          ...REAL_PARTS,
          name: 'integration',
          isolate: false,
          include: [`${FOLDERS}/**/*.itest.ts`],
          exclude: [...EXCLUDED, '**/*.stack.itest.ts', MISSION],
          globalSetup: ['infra/stack/src/vitest-global-setup.ts'],
        },
      },
      {
        test: {
          ...REAL_PARTS,
          name: 'stacks',
          include: [`${FOLDERS}/**/*.stack.itest.ts`],
          exclude: EXCLUDED,
        },
      },
      {
        test: {
          ...REAL_PARTS,
          name: 'mission',
          include: [MISSION],
          globalSetup: ['infra/stack/src/vitest-global-setup.ts'],
        },
      },
    ],
  },
});
