import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';
import { textFilesPlugin } from '../.config/text-files.mjs';
import { areThereCases } from './helpers/cases.ts';

// Ink under CI=true writes only its last frame, and a locale decides about line drawing: what is
// seen is the same on every machine only if both are fixed. The programs that tests start inherit them.
const terminal = { CI: 'false', LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' };

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  plugins: [textFilesPlugin()],
  test: {
    pool: 'forks',
    maxWorkers: 2,
    // A file to compare with that is not there is a failure. `--update` writes it.
    update: 'none',
    // Enough for a machine with other things to do: no test is about time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.{ts,tsx}'],
          exclude: areThereCases ? configDefaults.exclude : ['test/unit/cases.test.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'ui',
          include: ['test/ui/**/*.test.{ts,tsx}'],
          env: { ...terminal, FORCE_COLOR: '1' },
        },
      },
      {
        extends: true,
        test: {
          name: 'host',
          include: ['test/host/**/*.test.{ts,tsx}'],
          env: terminal,
          // Real containers and time-outs: not while the other suites use the processors.
          sequence: { groupOrder: 1 },
          // With two, a sixth of two processors is idle: the tests wait for keys to be heard and daemons to end.
          maxWorkers: 3,
        },
      },
    ],
  },
});
