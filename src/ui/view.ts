/** What the learner turned to. The other screens come up by themselves. */
export type Turned = 'step' | 'contents' | 'help' | 'picture' | 'output' | 'glossary';

/** No hint; or what was observed, where to look, the command. */
export type Rung = 0 | 1 | 2 | 3;

/** What only the screen knows: everything about the tour itself is in the session's state. */
export interface View {
  readonly screen: Turned;
  /** How far the learner scrolled, and on which page: on any other it means nothing. */
  readonly scroll: { readonly page: string; readonly top: number } | undefined;
  /** The page whose last line was on the screen. */
  readonly read: string | undefined;
  /** How far up the ladder of hints one has climbed. */
  readonly hint: Rung;
  /** Something was done on this step since it was opened: its outcome is what to look at. */
  readonly acted: boolean;
  /** The lesson chosen in the contents. */
  readonly cursor: number;
  /** The step of it, once one went among its steps. */
  readonly stepCursor: number | undefined;
  /** sudo has to be asked for its password before the machine can be looked at. */
  readonly locked: boolean;
  /** What came of the last hand-over, if there is something to say. */
  readonly remark: string | undefined;
}

export const firstView: View = {
  screen: 'step',
  scroll: undefined,
  read: undefined,
  hint: 0,
  acted: false,
  cursor: 0,
  stepCursor: undefined,
  locked: false,
  remark: undefined,
};

export interface Size {
  readonly columns: number;
  readonly rows: number;
}
