import { keyOf, type Lesson } from '../../src/engine/lesson.ts';
import { type Event, initialState, type State } from '../../src/engine/update.ts';
import { firstView } from '../../src/ui/view.ts';
import type { TourContext, TourViewModel } from '../../src/ui/view-model.ts';
import { follow } from './small-tour.ts';
import { themes } from './themes.ts';

/** What a script is called in these pages: itself. */
export const aContext: TourContext = {
  scriptOf: ({ step }) => step.script.source,
  workdir: '/home/ada/container-demo',
  namespace: 'spelunking',
  glossary: [],
  labCases: new Map(),
  privilege: 'root',
  otherTerminal: '. ~/container-demo/.handroll-tour/env',
  needsRoot: [['ctr', "containerd's socket belongs to root", 'lessons 00 to 08']],
};

/** Where a tour of these lessons is after these events. */
export function stateAfter(lessons: readonly Lesson[], ...events: Event[]): State {
  return follow(initialState(lessons), ...events);
}

/** What a frame is made from: an 80x24 terminal with colours, and what differs. */
export function aViewModel(state: State, differing: Partial<TourViewModel> = {}): TourViewModel {
  return {
    state,
    context: aContext,
    view: firstView,
    size: { columns: 80, rows: 24 },
    theme: themes.color,
    runningMs: 0,
    ...differing,
  };
}

/** Turns to a step without looking at the machine. */
export function opening(lesson: Lesson, index = 0): Event {
  const step = lesson.steps[index] ?? lesson.steps[0];
  return { type: 'open', key: keyOf({ lesson, step }), observe: false };
}
