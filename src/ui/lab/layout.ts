import { type Document, type Window, windowOf } from '../document.ts';
import {
  cut,
  type Ends,
  type Frame,
  fitEnds,
  furniture,
  heightIn,
  margin,
  widthIn,
} from '../frame.ts';
import { keyLine } from '../key-line.ts';
import { type Line, line, marked, span, widthOf } from '../line.ts';
import { sentence } from '../prose.ts';
import { isTooSmall, smallDocument } from '../screens/small.ts';
import type { Theme } from '../theme.ts';
import type { Size } from '../view.ts';
import { type LabKeyContext, labKeysNow } from './keymap.ts';
import { aboutCase, caseDocument, labHelpDocument, listDocument } from './pages.ts';
import { type LabState, mendedNow, type OpenCase, showsOutput } from './state.ts';

export interface LabViewModel {
  readonly state: LabState;
  readonly size: Size;
  readonly theme: Theme;
  readonly leave: LabKeyContext['leave'];
}

interface LabLayout extends Frame {
  readonly header: Ends;
  readonly document: Document;
  readonly window: Window;
  readonly height: number;
  readonly keyContext: LabKeyContext;
}

const maxColumns = 120;

/** Lays out the whole screen, as a pure function. */
export function layOutLab(model: LabViewModel): LabLayout {
  const { state, size, theme } = model;
  const width = widthIn(size, theme, maxColumns);
  const room = theme.spoken ? width : size.columns - 2 * margin;
  const pinned = isSmall(model) ? [] : pinnedLines(state, theme, width);
  const height = theme.spoken
    ? Number.MAX_SAFE_INTEGER
    : Math.max(1, heightIn(size) - furniture - pinned.length);
  const document = documentOf(model, width);
  const window = windowOf(document, height, state.top);
  const keyContext = keyContextOf(model, window);
  const right = theme.spoken ? [] : positionOf(window);
  // A rule of at least two columns is between the keys and the position.
  const keyRoom = right.length === 0 ? room : room - widthOf(right) - 4;
  return {
    width,
    header: fitEnds(titleOf(state), Math.min(width, room)),
    document,
    window,
    height,
    columns: [{ lines: cut(window.lines, room) }],
    pinned: cut(pinned, room),
    footer: {
      keys: keyLine(labKeysNow(keyContext), keyContext, theme, keyRoom),
      right,
    },
    keyContext,
  };
}

const isSmall = ({ size, theme }: LabViewModel) => !theme.spoken && isTooSmall(size);

function documentOf(model: LabViewModel, width: number): Document {
  const { state, size, theme } = model;
  if (isSmall(model)) return smallDocument(size, width);
  if (state.help) return labHelpDocument(theme, width);
  return state.at === undefined
    ? listDocument(state, theme, width)
    : caseDocument(state.at, theme, width);
}

function titleOf({ rows, at, help }: LabState): Ends {
  const left = [span('the lab', 'dim')];
  if (help) return { left, right: [span('keys', 'dim')] };
  if (at !== undefined)
    return {
      left: [...left, span(`  ${at.labCase.id}`, 'title')],
      right: [span(at.namespace, 'dim')],
    };
  const solved = rows.filter(({ standing }) => standing === 'solved').length;
  return { left, right: [span(`${solved} of ${rows.length} solved`, 'dim')] };
}

function positionOf({ above, below }: Window): Line {
  if (above === 0 && below === 0) return [];
  return [span(below === 0 ? 'end' : `${below} more`, 'dim')];
}

/** What stays in view: the last action's result, and whether the case is mended. */
function pinnedLines(state: LabState, theme: Theme, width: number): Line[] {
  const { at, help, rows, cursor } = state;
  if (help) return [];
  const chosen = rows[cursor];
  if (at === undefined) return chosen === undefined ? [] : aboutCase(chosen, theme, width);
  const remark = at.remark === undefined ? [] : sentence(at.remark, theme, width - 4);
  return [
    ...(remark.length === 0 ? [] : marked(span(theme.symbols.warn, 'warn'), remark)),
    ...(at.record === undefined || !showsOutput(at) ? [] : [statusLine(at, theme)]),
  ];
}

function statusLine(at: OpenCase, theme: Theme): Line {
  const { results } = at;
  const { symbols } = theme;
  if (results === undefined) return line(span(`${symbols.busy} looking`, 'dim'));
  if (mendedNow(at)) return line(span(symbols.pass, 'pass'), ' mended');
  const passed = results.filter(({ outcome }) => outcome.status === 'pass').length;
  const told = `not mended: ${passed} of ${results.length} checks pass`;
  return line(span(symbols.fail, 'fail'), span(` ${told}`, 'dim'));
}

function keyContextOf({ state, leave }: LabViewModel, window: Window): LabKeyContext {
  const { at, rows, cursor, help } = state;
  const { labCase, record } = at ?? {};
  const asks = at !== undefined && record !== undefined && !showsOutput(at);
  const hints = record?.hints ?? 0;
  const all = labCase?.hints.length ?? 0;
  return {
    screen: help ? 'help' : at === undefined ? 'list' : 'case',
    available: rows[cursor]?.unavailable === undefined && rows.length > 0,
    ready: record !== undefined,
    unread: asks && window.below > 0,
    choices: asks && window.below === 0 ? (labCase?.prediction?.choices.length ?? 0) : 0,
    nextHint:
      asks || hints >= all || at?.debrief
        ? undefined
        : hints === 0
          ? 'hint'
          : `hint ${hints + 1} of ${all}`,
    command: at !== undefined && !asks && !at.debrief,
    mended: at !== undefined && mendedNow(at),
    solved: at?.solved !== undefined,
    debrief: at?.debrief === true,
    confirming: at?.confirming === true,
    above: window.above > 0,
    below: window.below > 0,
    leave,
  };
}
