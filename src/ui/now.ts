import type { Term } from '../engine/glossary.ts';
import type { Place } from '../engine/lesson.ts';
import type { State } from '../engine/transition.ts';
import type { Privilege } from '../host/privilege.ts';
import type { Theme } from './theme.ts';
import type { Size, View } from './view.ts';

/** What stays the same for the whole tour. */
export interface Setting {
  /** The script of a step, as it runs here. */
  readonly scriptOf: (place: Place) => string;
  readonly workdir: string;
  readonly namespace: string;
  /** The words of the field, as data. */
  readonly glossary: readonly Term[];
  readonly privilege: Privilege;
  /** What gives another terminal the names that the scripts use. */
  readonly otherTerminal: string;
  /** What needs root, why, and where. */
  readonly needsRoot: readonly (readonly [what: string, why: string, where: string])[];
}

/** Everything a frame is made from. Two equal ones give two equal frames. */
export interface Now {
  /** Undefined until the machine was looked at. */
  readonly state: State | undefined;
  readonly setting: Setting | undefined;
  readonly view: View;
  readonly size: Size;
  readonly theme: Theme;
  /** How long the script has been running, in milliseconds. */
  readonly running: number;
}

/** A frame's worth of the tour, once there is one. */
export interface NowOpen extends Now {
  readonly state: State;
  readonly setting: Setting;
}

export function isOpen(now: Now): now is NowOpen {
  return now.state !== undefined && now.setting !== undefined;
}
