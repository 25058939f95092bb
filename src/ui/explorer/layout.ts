import { keyLine } from '../key-line.ts';
import { blank, columnsOf, type Line, padded, span, splitAt, spread, truncate } from '../line.ts';
import { isTooSmall, smallDocument } from '../screens/small.ts';
import type { Theme } from '../theme.ts';
import type { Size } from '../view.ts';
import { type Binding, keysNow, type Situation } from './keymap.ts';
import { currentPage, filePlace, hasBytes, hidesFile, inView, stackImage } from './place.ts';
import { isFolded } from './receive.ts';
import type { Sheet } from './sheet.ts';
import { sheetOf } from './sheet-of.ts';
import { imageAt, type Page, type Spot, type State, stackAt } from './state.ts';
import { createTreeLine, treeHeading } from './tree-line.ts';
import { pageName, tame } from './words.ts';

/** A frame, and what it takes to know what a key means on it. */
export interface Layout {
  readonly theme: Theme;
  readonly sheet: Sheet;
  /** Columns of a page. */
  readonly width: number;
  /** Where one is on the page, as it is shown. */
  readonly spot: Spot;
  readonly treeTop: number;
  readonly treeHeight: number;
  readonly pageHeight: number;
  readonly situation: Situation;
  readonly keys: readonly Binding[];
  /** What is drawn, at most `rows - 1` lines of at most `columns - 1`. */
  readonly lines: readonly Line[];
}

export interface Now {
  /** Undefined until the layout was looked through. */
  readonly state: State | undefined;
  readonly name: string;
  readonly size: Size;
  readonly theme: Theme;
  readonly leave: Situation['leave'];
}

/** Title, rule, body, rule, keys: what is not the body. */
const FURNITURE = 4;
const MARGIN = 1;
const WIDEST = 220;
/** From this width on, the tree and the page share it; below, they take turns. */
const SHARED = 123;
/** Columns of the tree: all names in full, once the page has room for a digest and what it means. */
const TREE = { least: 44, most: 74, page: 100 };
/** Between the two: a bar, and space on either side. */
const GAP = 3;
/** Layers that are seen above the merged tree, at least, if there are as many. */
const FEW_LAYERS = 3;

/** The whole screen, as a pure function of what there is to show. */
export function layOut(now: Now & { readonly state: State }): Layout {
  const { state, size, theme, leave } = now;
  const whole = theme.spoken ? 10_000 : Math.max(1, Math.min(size.columns - 2 * MARGIN, WIDEST));
  const wide = !theme.spoken && whole >= SHARED;
  const height = Math.max(1, size.rows - 1 - FURNITURE);
  const treeWidth = wide ? Math.max(TREE.least, Math.min(TREE.most, whole - TREE.page)) : whole;
  const width = (wide ? whole - treeWidth - GAP : whole) - 2;
  const sheet = sheetOf(state.spot.page, { state, theme, width });
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
  const parts = { theme, sheet, width, spot, treeTop, treeHeight, pageHeight, situation, keys };
  const foot = footOf(state, sheet, spot);
  const lastLine = state.search.typing
    ? searchLine(state, theme)
    : keyLine(keys, situation, theme, whole);
  if (theme.spoken) {
    return { ...parts, lines: spokenFrame(state, parts, foot, lastLine) };
  }
  if (isTooSmall(size)) return { ...parts, lines: smallDocument(size, whole).lines };
  const tree = () => treePart({ ...parts, state, width: treeWidth, height });
  const page = () => pagePart({ ...parts, upper, height });
  const body = wide
    ? sideBySide(tree(), page(), treeWidth, theme)
    : state.focus === 'tree'
      ? tree()
      : page();
  const lines = [
    title(state, whole),
    [span(theme.symbols.rule.repeat(whole), 'dim')],
    ...body,
    lowerRule(foot, positionOf(state, sheet, spot), whole, theme),
    lastLine,
  ].map((each) =>
    each.length === 0 ? each : truncate([span(' '.repeat(MARGIN)), ...each], size.columns - 1),
  );
  return { ...parts, lines };
}

/** Before there is anything to show. */
export function openingLines({ name, size, theme }: Now): Line[] {
  const width = Math.max(1, Math.min(size.columns - 2 * MARGIN, WIDEST));
  const lines: Line[] = [
    [span('explore', 'dim'), span(`  ${tame(name)}`, 'dim')],
    [span(theme.symbols.rule.repeat(width), 'dim')],
    [],
    [span(`Looking through it${theme.symbols.ellipsis}`, 'dim')],
  ];
  return lines.map((each) => truncate([span(' '), ...each], Math.max(1, size.columns - 1)));
}

interface Parts extends Omit<Layout, 'lines'> {}

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
  height,
  treeTop,
  treeHeight,
}: Parts & { readonly state: State; readonly height: number }): Line[] {
  const here = theme.symbols.here;
  const room = width - 2;
  const draw = createTreeLine({ state, theme, width: room });
  const rows = state.rows.slice(treeTop, treeTop + treeHeight);
  const lines = rows.map((row, index): Line => {
    const isHere = treeTop + index === state.tree.cursor;
    const role = state.focus === 'tree' ? 'main' : 'dim';
    return [span(isHere ? `${here} ` : '  ', role), ...draw(row)];
  });
  return filled([[span('  '), ...treeHeading({ theme, width: room })], ...lines], height);
}

function pagePart({
  sheet,
  spot,
  upper,
  pageHeight,
  width,
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
  return filled(lines, height);
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

function filled(lines: readonly Line[], height: number): Line[] {
  return Array.from({ length: height }, (_, at) => lines[at] ?? blank);
}

function sideBySide(
  tree: readonly Line[],
  page: readonly Line[],
  width: number,
  { symbols }: Theme,
): Line[] {
  return tree.map((line, at) => [
    ...padded(truncate(line, width), width),
    span(` ${symbols.bar} `, 'dim'),
    ...(page[at] ?? blank),
  ]);
}

function title(state: State, width: number): Line {
  const left = [span('explore', 'dim'), span(`  ${tame(state.name)}`, 'dim')];
  return spread(left, summary(state), width);
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

/** The rule above the keys: at its left what there is to say, at its right where one is. */
function lowerRule(foot: string, position: string, width: number, { symbols }: Theme): Line {
  const { rule } = symbols;
  const end = position === '' ? '' : ` ${position} ${rule.repeat(2)}`;
  // A digest in full says more than where one is.
  const right = columnsOf(foot) + columnsOf(end) + 6 > width && foot !== '' ? '' : end;
  const [said] = splitAt(foot, Math.max(0, width - columnsOf(right) - 4));
  const left = said === '' ? '' : `${rule.repeat(2)} `;
  const gap = said === '' ? '' : ' ';
  const used = columnsOf(left) + columnsOf(said) + columnsOf(gap) + columnsOf(right);
  return [
    span(left, 'dim'),
    span(said),
    span(`${gap}${rule.repeat(Math.max(0, width - used))}${right}`, 'dim'),
  ];
}

function searchLine({ search }: State, { symbols, ascii }: Theme): Line {
  return [
    span('/', 'main'),
    span(tame(search.text)),
    span(ascii ? '_' : '▏', 'main'),
    span(`   ${symbols.enter} `, 'title'),
    span('stay there', 'dim'),
    span('   esc ', 'title'),
    span('back', 'dim'),
  ];
}

/** What a voice can read: the row one is on, and what the keys do. */
function spokenFrame(state: State, parts: Parts, foot: string, keys: Line): Line[] {
  const { sheet, spot, theme } = parts;
  if (state.focus === 'tree') {
    const row = state.rows[state.tree.cursor];
    const draw = createTreeLine({ state, theme, width: 200 });
    return [...(row === undefined ? [] : [draw(row)]), ...said(foot), keys];
  }
  const page = currentPage(state);
  const name: Line = page === undefined ? [] : [span(pageName(state, page))];
  const row = sheet.count === 0 ? sheet.instead : sheet.line(spot.cursor);
  return [name, ...sheet.head, row, ...said(foot), keys].filter((each) => each.length > 0);
}

function said(foot: string): Line[] {
  return foot === '' ? [] : [[span(foot)]];
}
