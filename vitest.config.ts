import { defineConfig } from 'vitest/config';

/** `*.test.ts` beside its code: pure, no network, milliseconds. `*.itest.ts`: real parts, started once for all. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{acceptance,packages,services,infra,scripts}/**/*.test.ts', 'schemas/**/*.test.ts'],
          exclude: ['**/node_modules/**', '.fineprint/**'],
        },
      },
      {
        test: {
          name: 'integration',
          include: ['{acceptance,packages,services,infra,scripts}/**/*.itest.ts'],
          exclude: ['**/node_modules/**', '.fineprint/**'],
          globalSetup: ['infra/stack/src/vitest-global-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
