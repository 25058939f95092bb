/** The screens that the learner opens. The others appear when they are needed. */
export type ChosenScreen =
  | 'opening'
  | 'step'
  | 'contents'
  | 'help'
  | 'picture'
  | 'output'
  | 'glossary'
  | 'hits'
  | 'quiz';

/** The level of hint: none, what was observed, where to look, the command. */
export type HintLevel = 0 | 1 | 2 | 3;

/** What is searched for, and on which page: it doesn't apply to any other. */
export interface Search {
  readonly page: string;
  readonly text: string;
  /** It's still being typed. */
  readonly typing: boolean;
  /** The first line on the screen when the search began. */
  readonly from: number;
  /** The page was opened for this search, so it begins at the first match. */
  readonly seek?: true;
}

/** The list of places in the whole tour that have what was searched for. */
interface HitList {
  readonly text: string;
  /** The screen from which it was opened. */
  readonly from: ChosenScreen;
  readonly chosen: number;
  /** The chosen term or problem is read; it has no page of its own. */
  readonly reading: boolean;
}

/** The state of the screen itself: everything about the tour is in the session's state. */
export interface View {
  readonly screen: ChosenScreen;
  /** How far the learner has scrolled, and on which page: it doesn't apply to any other. */
  readonly scroll: { readonly page: string; readonly top: number } | undefined;
  /** The pages whose last line has been on the screen. */
  readonly readToEnd: ReadonlySet<string>;
  readonly search: Search | undefined;
  readonly hits: HitList | undefined;
  readonly hintLevel: HintLevel;
  /** The learner has done something on this step since it was opened, so its result is shown. */
  readonly acted: boolean;
  /** The lesson chosen in the contents. */
  readonly cursor: number;
  /** The step chosen in that lesson, once the learner has moved among its steps. */
  readonly stepCursor: number | undefined;
  /** sudo needs its password before the tour can look at the machine. */
  readonly locked: boolean;
  /** The result of the last hand-over, if there is something to say. */
  readonly remark: string | undefined;
  /** The learner's shell beside the page, while it's open, and whether it has the keys. */
  readonly shell: { readonly focused: boolean } | undefined;
  /** Good news, until the next key. */
  readonly news: string | undefined;
}

export const firstView: View = {
  screen: 'step',
  scroll: undefined,
  readToEnd: new Set(),
  search: undefined,
  hits: undefined,
  hintLevel: 0,
  acted: false,
  cursor: 0,
  stepCursor: undefined,
  locked: false,
  remark: undefined,
  shell: undefined,
  news: undefined,
};

export interface Size {
  readonly columns: number;
  readonly rows: number;
}
