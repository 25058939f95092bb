import type { Term } from '../engine/glossary.ts';
import type { Place } from '../engine/lesson.ts';
import type { State } from '../engine/update.ts';
import type { Privilege } from '../host/privilege.ts';
import type { Highlight } from './grammar.ts';
import type { Problem } from './hits.ts';
import type { Theme } from './theme.ts';
import type { Size, View } from './view.ts';

/** What stays the same for the whole tour. */
export interface TourContext {
  /** The script of a step for this machine. */
  readonly scriptOf: (place: Place) => string;
  readonly workdir: string;
  readonly namespace: string;
  /** The name of this machine. */
  readonly hostname?: string;
  /** The glossary of technical terms. */
  readonly glossary: readonly Term[];
  /** What `doctor` explains, to be searched. */
  readonly problems?: readonly Problem[];
  /** How many cases of the lab one knows enough for after a lesson, by the lesson's id. */
  readonly labCases: ReadonlyMap<string, number>;
  /** The grammar of scripts and JSON, where they are coloured. */
  readonly highlight?: Highlight | undefined;
  readonly privilege: Privilege;
  /** The command that sets the scripts' variables in another terminal. */
  readonly otherTerminal: string;
  /** The commands that need root, with the reason and the steps. */
  readonly needsRoot: readonly (readonly [what: string, why: string, where: string])[];
}

/** Everything that a frame is made from: equal values give equal frames. */
export interface ViewModel {
  /** Undefined until the tour has looked at the machine. */
  readonly state: State | undefined;
  readonly context: TourContext | undefined;
  readonly view: View;
  readonly size: Size;
  readonly theme: Theme;
  /** How long the script has been running, in milliseconds. */
  readonly runningMs: number;
}

/** The same, once the session is open. */
export interface TourViewModel extends ViewModel {
  readonly state: State;
  readonly context: TourContext;
}

export function hasTour(model: ViewModel): model is TourViewModel {
  return model.state !== undefined && model.context !== undefined;
}
