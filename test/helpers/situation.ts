import type { KeyContext } from '../../src/ui/keymap.ts';

/** A step that is ready to run, of which all is in view: what differs is a test's own. */
export const aSituation = (differing: Partial<KeyContext> = {}): KeyContext => ({
  screen: 'step',
  phase: 'ready',
  unread: false,
  above: false,
  below: false,
  choices: 0,
  before: true,
  holds: false,
  visit: undefined,
  picture: false,
  searched: false,
  script: false,
  cut: false,
  missing: false,
  locked: false,
  hint: 0,
  terms: false,
  entryStep: undefined,
  amongSteps: false,
  drifted: undefined,
  behind: false,
  stopped: undefined,
  ...differing,
});
