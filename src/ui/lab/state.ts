import { isMended, type LabCase, type LabHint, type LabResult } from '../../engine/lab/case.ts';
import type { LabRecord, Solved } from '../../engine/lab/record.ts';
import type { CaseStanding } from '../../engine/lab/sandbox.ts';
import type { LabAction } from './keymap.ts';

/** A row of the list. */
export interface CaseRow {
  readonly labCase: LabCase;
  readonly standing: CaseStanding;
  readonly solved: Solved | undefined;
  /** Why it can't be had on this machine. */
  readonly unavailable: string | undefined;
}

/** The case on the screen. */
export interface OpenCase {
  readonly labCase: LabCase;
  readonly dir: string;
  readonly namespace: string;
  /** The ticket's command, as it runs here. */
  readonly command: string;
  /** The case's hints, with their commands as they run here. */
  readonly hints: readonly LabHint[];
  /** Undefined while the case is prepared. */
  readonly record: LabRecord | undefined;
  readonly solved: Solved | undefined;
  /** What the checks found last. */
  readonly results: readonly LabResult[] | undefined;
  /** The learner has just predicted what the command prints, or would rather see it. */
  readonly revealed: boolean;
  readonly debrief: boolean;
  /** The reset key was pressed once. */
  readonly confirming: boolean;
  /** What there is to say about the last action. */
  readonly remark: string | undefined;
}

export interface LabState {
  readonly rows: readonly CaseRow[];
  readonly cursor: number;
  readonly at: OpenCase | undefined;
  readonly help: boolean;
  /** The first line on the screen; undefined until the learner scrolls. */
  readonly top: number | undefined;
}

/** What the controller does beside the screen. */
export type LabEffect =
  | 'open'
  | 'check'
  | 'hint'
  | 'reset'
  | 'shell'
  | 'copy'
  | 'back'
  | 'quit'
  | 'interrupt'
  | 'suspend'
  | { readonly predict: number };

interface LabUpdate {
  readonly state: LabState;
  readonly effect?: LabEffect;
}

/** What the update needs to know about the page that is shown. */
interface Scrolling {
  readonly top: number;
  readonly height: number;
  readonly lines: number;
}

/** Whether the ticket shows what its command printed: a prediction comes first. */
export function showsOutput({ labCase, record, revealed, solved }: OpenCase): boolean {
  if (labCase.prediction === undefined || revealed || solved !== undefined) return true;
  return record?.choice !== undefined;
}

/** Whether all checks pass now. */
export const mendedNow = ({ results }: OpenCase): boolean => isMended(results ?? []);

/** The result of a key, as a pure function. */
export function updateLab(action: LabAction, before: LabState, page: Scrolling): LabUpdate {
  // Only the same key again confirms.
  const state: LabState =
    before.at === undefined
      ? before
      : { ...before, at: { ...before.at, confirming: false, remark: undefined } };
  const { at } = state;
  const on = (part: Partial<OpenCase>): LabState =>
    at === undefined ? state : { ...state, at: { ...at, ...part }, top: undefined };
  switch (action) {
    case 'open':
      return { state, effect: 'open' };
    case 'back':
      if (state.help) return { state: { ...state, help: false, top: undefined } };
      if (before.at?.confirming === true) return { state };
      return { state: { ...state, at: undefined, top: undefined }, effect: 'back' };
    case 'skip':
      return { state: on({ revealed: true }) };
    case 'answer 1':
    case 'answer 2':
    case 'answer 3':
    case 'answer 4':
      return {
        state: on({ revealed: true }),
        effect: { predict: Number(action.slice(-1)) - 1 },
      };
    case 'reset':
      if (before.at?.confirming === true) return { state, effect: 'reset' };
      return {
        state: on({
          confirming: true,
          remark: 'A reset deletes what you did in this sandbox. The same key again does it.',
        }),
      };
    case 'hint':
      return { state: { ...state, top: undefined }, effect: 'hint' };
    case 'debrief':
      return { state: on({ debrief: at?.debrief !== true }) };
    case 'help':
      return { state: { ...state, help: true, top: undefined } };
    case 'check':
    case 'shell':
    case 'copy':
    case 'quit':
    case 'interrupt':
    case 'suspend':
      return { state, effect: action };
    default:
      if (at !== undefined || state.help)
        return { state: { ...state, top: scrolledTo(action, page) } };
      return { state: { ...state, cursor: chosenBy(action, state, page), top: undefined } };
  }
}

type Scroll = 'line up' | 'line down' | 'page up' | 'page down' | 'top' | 'bottom';

/** In the list, what scrolls a page chooses another case, which is then in view. */
function chosenBy(action: Scroll, { cursor, rows }: LabState, { height }: Scrolling): number {
  const to = {
    'line up': cursor - 1,
    'line down': cursor + 1,
    'page up': cursor - height + 1,
    'page down': cursor + height - 1,
    top: 0,
    bottom: rows.length,
  }[action];
  return Math.max(0, Math.min(to, rows.length - 1));
}

function scrolledTo(action: Scroll, { top, height, lines }: Scrolling): number {
  const page = Math.max(1, height - 1);
  const to = {
    'line up': top - 1,
    'line down': top + 1,
    'page up': top - page,
    'page down': top + page,
    top: 0,
    bottom: lines,
  }[action];
  return Math.max(0, Math.min(to, lines - height));
}
