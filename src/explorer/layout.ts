import { columnsOf, splitAt } from '../text/measure.ts';
import {
  apart,
  cut,
  type Ends,
  type Frame,
  furniture,
  heightIn,
  margin,
  noEnds,
  widthIn,
} from '../ui/frame.ts';
import { keyLine, keyName } from '../ui/key-line.ts';
import { blank, type Line, span, truncate } from '../ui/line.ts';
import { isTooSmall, smallDocument } from '../ui/screens/small.ts';
import type { Theme } from '../ui/theme.ts';
import type { Size } from '../ui/view.ts';
import { type Binding, keyFor, keysNow, type Situation } from './keymap.ts';
import { currentPage, filePlace, hasBytes, hidesFile, inView, stackImage } from './place.ts';
import { isFolded } from './receive.ts';
import type { Sheet } from './sheet.ts';
import { sheetOf } from './sheet-of.ts';
import { imageAt, type Page, type Spot, type State, stackAt } from './state.ts';
import { createTreeLine, treeHeading } from './tree-line.ts';
import { pageName, tame } from './words.ts';

/** A frame, and what it takes to know what a key means on it. */
export interface Layout extends Frame {
  readonly theme: Theme;
  readonly sheet: Sheet;
  /** Columns of a page. */
  readonly pageWidth: number;
  /** Where one is on the page, as it is shown. */
  readonly spot: Spot;
  readonly treeTop: number;
  readonly treeHeight: number;
  readonly pageHeight: number;
  readonly situation: Situation;
  readonly keys: readonly Binding[];
}

export interface Now {
  /** Undefined until the layout was looked through. */
  readonly state: State | undefined;
  readonly name: string;
  readonly size: Size;
  readonly theme: Theme;
  readonly leave: Situation['leave'];
}

const WIDEST = 220;
/** From this width on, the tree and the page share it; below, they take turns. */
const SHARED = 123;
/** Columns of the tree: all names in full, once the page has room for a digest and what it means. */
const TREE = { least: 44, most: 74, page: 100 };
/** Between the two: a bar, and space on either side. */
const GAP = 3;
/** Layers that are seen above the merged tree, at least, if there are as many. */
const FEW_LAYERS = 3;

/** What stands where on the screen, as a pure function of what there is to show. */
export function frameOf(now: Now): Frame {
  const { state } = now;
  return state === undefined ? openingFrame(now) : layOut({ ...now, state });
}

/** The same, once there is an image to show. */
export function layOut(now: Now & { readonly state: State }): Layout {
  const { state, size, theme, leave } = now;
  const width = widthIn(size, theme, WIDEST);
  const wide = !theme.spoken && width >= SHARED;
  const height = heightIn(size) - furniture;
  const treeWidth = wide ? Math.max(TREE.least, Math.min(TREE.most, width - TREE.page)) : width;
  const pageWidth = (wide ? width - treeWidth - GAP : width) - 2;
  const sheet = sheetOf(state.spot.page, { state, theme, width: pageWidth });
  const treeHeight = Math.max(1, height - 1);
  const treeTop = inView(state.tree.cursor, state.tree.top, treeHeight, state.rows.length);
  const upper = Math.min(sheet.upper, Math.max(FEW_LAYERS, Math.floor(height / 3)));
  const between = sheet.upper === 0 ? 0 : 2;
  const pageHeight = Math.max(1, height - sheet.head.length - upper - between);
  const cursor = Math.max(0, Math.min(state.spot.cursor, sheet.count - 1));
  const rest = sheet.count - sheet.upper;
  const top = inView(Math.max(0, cursor - sheet.upper), state.spot.top, pageHeight, rest);
  const spot = { ...state.spot, cursor, top };
  const situation = situationOf(state, sheet, spot, { wide, leave });
  const keys = keysNow(situation);
  const parts = {
    theme,
    sheet,
    pageWidth,
    spot,
    treeTop,
    treeHeight,
    pageHeight,
    situation,
    keys,
    width,
    pinned: [],
  };
  const foot = footOf(state, sheet, spot);
  const lastLine = state.search.typing
    ? searchLine(state, theme)
    : keyLine(keys, situation, theme, width);
  if (theme.spoken) return { ...parts, ...spokenFrame(state, parts, foot, lastLine) };
  const room = size.columns - 2 * margin;
  if (isTooSmall(size)) {
    return { ...parts, columns: [{ lines: smallDocument(size, width).lines }] };
  }
  const tree = () => cut(treePart({ ...parts, state, width: treeWidth }), treeWidth);
  const page = () => cut(pagePart({ ...parts, upper, height }), room);
  const both = () => [{ lines: tree(), width: treeWidth }, { lines: page() }];
  const one = () => [{ lines: state.focus === 'tree' ? tree() : page() }];
  return {
    ...parts,
    header: apart(titleOf(state), width),
    columns: wide ? both() : one(),
    footer: {
      rule: ruleOf(foot, positionOf(state, sheet, spot), width),
      keys: truncate(lastLine, room),
    },
  };
}

/** Before there is anything to show. */
function openingFrame({ name, size, theme }: Now): Frame {
  const width = widthIn(size, theme, WIDEST);
  const told = [span(`Looking through it${theme.symbols.ellipsis}`, 'dim')];
  return {
    width,
    header: apart({ left: nameOf(name), right: [] }, width),
    columns: [{ lines: theme.spoken ? [told] : [blank, told] }],
    pinned: [],
  };
}

interface Parts extends Omit<Layout, 'header' | 'columns' | 'footer'> {}

function situationOf(
  state: State,
  sheet: Sheet,
  spot: Spot,
  { wide, leave }: Pick<Situation, 'wide' | 'leave'>,
): Situation {
  const { page } = spot;
  const row = state.rows[state.tree.cursor];
  const image = page.kind === 'stack' ? imageAt(state, page.image) : undefined;
  const layers = image?.layers.length ?? 0;
  const onPage = state.focus === 'page';
  const target = onPage && sheet.count > 0 ? sheet.target(spot.cursor) : undefined;
  const number = layers - 1 - spot.cursor;
  return {
    focus: state.focus,
    wide,
    page: page.kind,
    row: onPage ? undefined : row?.what.is,
    branch: onPage ? undefined : row?.branch,
    target: target && targetText(state, target),
    layer:
      image === undefined || number < 0
        ? undefined
        : { number, on: !stackAt(state, image.path).off.has(number) },
    folder: onPage ? folderAt(state, spot) : undefined,
    layers,
    bytes: hasBytes(state),
    file: filePlace(state) !== undefined,
    lower: hidesFile(state),
    stack: stackImage(state) !== undefined,
    searched: state.search.text !== '',
    leave,
  };
}

function folderAt(state: State, { page, cursor }: Spot): Situation['folder'] {
  const image = page.kind === 'stack' ? imageAt(state, page.image) : undefined;
  if (image === undefined) return undefined;
  const stack = stackAt(state, image.path);
  const tree = stack.shown === undefined ? undefined : state.laid.get(stack.shown);
  const at = stack.seen[cursor - image.layers.length] ?? -1;
  const row = tree?.rows[at];
  if (tree === undefined || row === undefined || row.end === at + 1) return undefined;
  return isFolded(stack, tree, row.path) ? 'closed' : 'open';
}

function treePart({
  state,
  theme,
  width,
  treeTop,
  treeHeight,
}: Parts & { readonly state: State }): Line[] {
  const here = theme.symbols.here;
  const room = width - 2;
  const draw = createTreeLine({ state, theme, width: room });
  const rows = state.rows.slice(treeTop, treeTop + treeHeight);
  const lines = rows.map((row, index): Line => {
    const isHere = treeTop + index === state.tree.cursor;
    const role = state.focus === 'tree' ? 'main' : 'dim';
    return [span(isHere ? `${here} ` : '  ', role), ...draw(row)];
  });
  return [[span('  '), ...treeHeading({ theme, width: room })], ...lines];
}

function pagePart({
  sheet,
  spot,
  upper,
  pageHeight,
  pageWidth: width,
  height,
  theme,
  situation,
}: Parts & { readonly upper: number; readonly height: number }): Line[] {
  const role = situation.focus === 'page' ? 'main' : 'dim';
  const drawn = (at: number): Line => {
    const isHere = at === spot.cursor && situation.focus === 'page';
    const sign = span(isHere ? `${theme.symbols.here} ` : '  ', role);
    return [sign, ...truncate(moved(sheet.line(at), spot.shift), width)];
  };
  const plain = (line: Line): Line =>
    line.length === 0 ? line : [span('  '), ...truncate(line, width)];
  const range = (from: number, to: number) =>
    Array.from({ length: Math.max(0, to - from) }, (_, index) => drawn(from + index));
  const upperTop = inView(Math.min(spot.cursor, sheet.upper - 1), 0, upper, sheet.upper);
  const from = sheet.upper + spot.top;
  const to = Math.min(sheet.count, from + pageHeight);
  const rows = sheet.count === 0 ? [plain(sheet.instead)] : range(from, to);
  const lines = [
    ...sheet.head.map(plain),
    ...range(upperTop, upperTop + upper),
    ...(sheet.upper === 0 ? [] : [blank, plain(sheet.middle)]),
    ...rows,
  ];
  return lines.slice(0, height);
}

/** A row without its first columns. */
function moved(line: Line, by: number): Line {
  if (by === 0) return line;
  let left = by;
  return line.flatMap(({ text, role }) => {
    const columns = columnsOf(text);
    const [, tail] = left >= columns ? ['', ''] : splitAt(text, left);
    left = Math.max(0, left - columns);
    return tail === '' ? [] : [{ text: tail, role }];
  });
}

function targetText(state: State, target: Page): string {
  if (target.kind === 'file') return 'read it';
  return target.kind === 'entry' ? 'look at it' : `to ${pageName(state, target)}`;
}

function titleOf(state: State): Ends {
  return { left: nameOf(state.name), right: summary(state) };
}

function nameOf(name: string): Line {
  return [span('explore', 'dim'), span(`  ${tame(name)}`, 'dim')];
}

/** Whether all blobs are what their names say. */
function summary(state: State): Line {
  let blobs = 0;
  let known = 0;
  let wrong = 0;
  let missing = 0;
  for (const thing of state.survey.things.values()) {
    if (thing.digest === undefined) continue;
    if (thing.size === undefined) {
      missing++;
      continue;
    }
    blobs++;
    const mark = state.marks.get(thing.path);
    if (mark !== undefined && mark.status !== 'busy') known++;
    if (mark?.status === 'false') wrong++;
  }
  const parts: Line[] = [];
  if (wrong > 0) parts.push([span(`${wrong} not what the name says`, 'fail')]);
  if (missing > 0) parts.push([span(`${missing} missing`, 'fail')]);
  const count = `${blobs} ${blobs === 1 ? 'blob' : 'blobs'}`;
  if (known < blobs) parts.push([span(`${known} of ${count} hashed`, 'dim')]);
  else if (wrong === 0 && blobs > 0) parts.push([span(`${count}, every name true`, 'dim')]);
  for (const remark of state.survey.remarks.slice(0, 1)) {
    parts.push([span(tame(remark).slice(0, 60), 'warn')]);
  }
  return parts.flatMap((part, at) => (at === 0 ? part : [span(', ', 'dim'), ...part]));
}

function footOf(state: State, sheet: Sheet, { cursor }: Spot): string {
  if (state.note !== undefined) return tame(state.note);
  return (state.focus === 'page' && sheet.count > 0 ? sheet.foot(cursor) : undefined) ?? '';
}

function positionOf(state: State, { count, upper }: Sheet, { cursor }: Spot): string {
  const [at, of] =
    state.focus === 'tree'
      ? [state.tree.cursor + 1, state.rows.length]
      : cursor < upper
        ? [cursor + 1, upper]
        : [cursor - upper + 1, count - upper];
  return of === 0 ? '' : `${at} of ${of}`;
}

/** In the rule above the keys: at its left what there is to say, at its right where one is. */
function ruleOf(foot: string, position: string, width: number): Ends {
  // A text in the rule has a space on either side, and two columns of the rule at its end.
  const taken = position === '' ? 0 : columnsOf(position) + 4;
  // A digest in full says more than where one is.
  const right = foot !== '' && columnsOf(foot) + taken + 6 > width ? '' : position;
  const [said] = splitAt(foot, Math.max(0, width - (right === '' ? 0 : taken) - 4));
  return {
    left: said === '' ? [] : [span(said)],
    right: right === '' ? [] : [span(right, 'dim')],
  };
}

function searchLine({ search }: State, theme: Theme): Line {
  const { symbols, ascii } = theme;
  return [
    span(keyFor('search', theme), 'main'),
    span(tame(search.text)),
    span(ascii ? '_' : '▏', 'main'),
    span(`   ${symbols.enter} `, 'title'),
    span('stay there', 'dim'),
    span(`   ${keyName('escape', symbols)} `, 'title'),
    span('back', 'dim'),
  ];
}

/** What a voice can read: the row one is on, and what the keys do. */
function spokenFrame(
  state: State,
  parts: Parts,
  foot: string,
  keys: Line,
): Pick<Frame, 'columns' | 'footer'> {
  const lines = state.focus === 'tree' ? spokenRow(state, parts) : spokenPage(state, parts);
  return {
    columns: [{ lines: foot === '' ? lines : [...lines, [span(foot)]] }],
    footer: { rule: noEnds, keys },
  };
}

function spokenRow(state: State, { theme }: Parts): Line[] {
  const row = state.rows[state.tree.cursor];
  return row === undefined ? [] : [createTreeLine({ state, theme, width: 200 })(row)];
}

function spokenPage(state: State, { sheet, spot }: Parts): Line[] {
  const page = currentPage(state);
  const name: Line = page === undefined ? [] : [span(pageName(state, page))];
  const row = sheet.count === 0 ? sheet.instead : sheet.line(spot.cursor);
  return [name, ...sheet.head, row];
}
