import type { Term } from '../engine/glossary.ts';
import type { Place } from '../engine/lesson.ts';
import type { State } from '../engine/transition.ts';
import type { Privilege } from '../host/privilege.ts';
import type { Theme } from './theme.ts';
import type { Size, View } from './view.ts';

/** What stays the same for the whole tour. */
export interface Setting {
  /** The script of a step for this machine. */
  readonly scriptOf: (place: Place) => string;
  readonly workdir: string;
  readonly namespace: string;
  /** The glossary of technical terms. */
  readonly glossary: readonly Term[];
  readonly privilege: Privilege;
  /** The command that sets the scripts' variables in another terminal. */
  readonly otherTerminal: string;
  /** The commands that need root, with the reason and the steps. */
  readonly needsRoot: readonly (readonly [what: string, why: string, where: string])[];
}

/** Everything that a frame is made from: equal values give equal frames. */
export interface Now {
  /** Undefined until the tour has looked at the machine. */
  readonly state: State | undefined;
  readonly setting: Setting | undefined;
  readonly view: View;
  readonly size: Size;
  readonly theme: Theme;
  /** How long the script has been running, in milliseconds. */
  readonly running: number;
}

/** The same, once the session is open. */
export interface NowOpen extends Now {
  readonly state: State;
  readonly setting: Setting;
}

export function isOpen(now: Now): now is NowOpen {
  return now.state !== undefined && now.setting !== undefined;
}
