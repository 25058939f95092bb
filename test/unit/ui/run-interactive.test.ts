import { expect, test } from 'vitest';
import { shellFailure } from '../../../src/ui/run-interactive.ts';

test.each([126, 127])('exit code %i can be the last command of a shell that did start', (code) => {
  expect(shellFailure('bash', code)).toBe(
    `bash ended with exit code ${code}. It didn't start, or its last command didn't.`,
  );
});

test.each([0, 1, 130])('exit code %i needs no message', (code) => {
  expect(shellFailure('bash', code)).toBeUndefined();
});
