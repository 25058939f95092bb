import { columnsOf, splitAt } from '../text/measure.ts';
import {
  cut,
  type Ends,
  type Frame,
  fitEnds,
  furniture,
  heightIn,
  margin,
  noEnds,
  widthIn,
} from '../ui/frame.ts';
import { keyLine, keyName } from '../ui/key-line.ts';
import { blank, type Line, span, truncate } from '../ui/line.ts';
import { fileUrl, type LinkTargets, linked } from '../ui/links.ts';
import { isTooSmall, smallDocument } from '../ui/screens/small.ts';
import type { Theme } from '../ui/theme.ts';
import type { Size } from '../ui/view.ts';
import { type ExplorerBinding, type ExplorerKeyContext, keyFor, keysNow } from './keymap.ts';
import { pageName, printableLabel } from './labels.ts';
import type { PageView } from './page-view.ts';
import { isFolded } from './receive.ts';
import { currentPage, filePlace, hasBytes, hidesFile, inView, stackImage } from './selectors.ts';
import { type ExplorerState, imageAt, type Page, type PagePosition, stackAt } from './state.ts';
import { createTreeLine, treeHeading } from './tree-line.ts';
import { viewOf } from './view-of.ts';

/** A frame, with the context that decides which keys are active on it. */
export interface ExplorerLayout extends Frame {
  readonly theme: Theme;
  readonly view: PageView;
  /** Columns of a page. */
  readonly pageWidth: number;
  /** The position on the page, as text. */
  readonly position: PagePosition;
  readonly treeTop: number;
  readonly treeHeight: number;
  readonly pageHeight: number;
  readonly keyContext: ExplorerKeyContext;
  readonly keys: readonly ExplorerBinding[];
}

export interface ExplorerViewModel {
  /** Undefined until the layout was looked through. */
  readonly state: ExplorerState | undefined;
  readonly name: string;
  readonly size: Size;
  readonly theme: Theme;
  readonly targets: LinkTargets;
  readonly leave: ExplorerKeyContext['leave'];
}

const maxPageWidth = 220;
/** From this width on, the tree and the page share it; below, they take turns. */
const sharedFromWidth = 123;
/** Columns of the tree: all names in full, once the page has room for a digest and what it means. */
const treeColumns = { least: 44, most: 74, page: 100 };
/** Between the two: a bar, and space on either side. */
const gapWidth = 3;
/** The rule above the keys, with what there is to say about the row. */
const footRows = 1;
/** The fewest layers shown above the merged tree, if there are that many. */
const minLayersInView = 3;

/** The layout of the screen, as a pure function of the state. */
export function frameOf(model: ExplorerViewModel): Frame {
  const { state } = model;
  return state === undefined ? openingFrame(model) : layOut({ ...model, state });
}

/** The layout once the survey is done. */
export function layOut(now: ExplorerViewModel & { readonly state: ExplorerState }): ExplorerLayout {
  const { state, size, theme, targets, leave } = now;
  const width = widthIn(size, theme, maxPageWidth);
  const wide = !theme.spoken && width >= sharedFromWidth;
  const height = heightIn(size) - furniture - footRows;
  const treeWidth = wide
    ? Math.max(treeColumns.least, Math.min(treeColumns.most, width - treeColumns.page))
    : width;
  const pageWidth = (wide ? width - treeWidth - gapWidth : width) - 2;
  const view = viewOf(state.position.page, { state, theme, width: pageWidth });
  const treeHeight = Math.max(1, height - 1);
  const treeTop = inView(state.tree.cursor, state.tree.top, treeHeight, state.rows.length);
  const upper = Math.min(view.upper, Math.max(minLayersInView, Math.floor(height / 3)));
  const between = view.upper === 0 ? 0 : 2;
  const pageHeight = Math.max(1, height - view.head.length - upper - between);
  const cursor = Math.max(0, Math.min(state.position.cursor, view.count - 1));
  const rest = view.count - view.upper;
  const top = inView(Math.max(0, cursor - view.upper), state.position.top, pageHeight, rest);
  const position = { ...state.position, cursor, top };
  const keyContext = keyContextOf(state, view, position, { wide, leave });
  const keys = keysNow(keyContext);
  const parts = {
    theme,
    view,
    pageWidth,
    position,
    treeTop,
    treeHeight,
    pageHeight,
    keyContext,
    keys,
    width,
    pinned: [],
  };
  const foot = footOf(state, view, position);
  const lastLine = state.search.typing
    ? searchLine(state, theme)
    : keyLine(keys, keyContext, theme, width);
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
    header: fitEnds(titleOf(state, targets), width),
    columns: (wide ? both() : one()).map((each) => ({
      ...each,
      lines: linked(each.lines, targets),
    })),
    footer: {
      rule: ruleOf(foot, positionOf(state, view, position), width),
      keys: truncate(lastLine, room),
    },
  };
}

/** The layout before the survey is done. */
function openingFrame({ name, size, theme, targets }: ExplorerViewModel): Frame {
  const width = widthIn(size, theme, maxPageWidth);
  const told = [span(`Looking through it${theme.symbols.ellipsis}`, 'dim')];
  return {
    width,
    header: fitEnds({ left: nameOf(name, targets), right: [] }, width),
    columns: [{ lines: theme.spoken ? [told] : [blank, told] }],
    pinned: [],
  };
}

interface Parts extends Omit<ExplorerLayout, 'header' | 'columns' | 'footer'> {}

function keyContextOf(
  state: ExplorerState,
  view: PageView,
  position: PagePosition,
  { wide, leave }: Pick<ExplorerKeyContext, 'wide' | 'leave'>,
): ExplorerKeyContext {
  const { page } = position;
  const row = state.rows[state.tree.cursor];
  const image = page.kind === 'stack' ? imageAt(state, page.image) : undefined;
  const layers = image?.layers.length ?? 0;
  const onPage = state.focus === 'page';
  const target = onPage && view.count > 0 ? view.target(position.cursor) : undefined;
  const number = layers - 1 - position.cursor;
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
    folder: onPage ? folderAt(state, position) : undefined,
    layers,
    bytes: hasBytes(state),
    file: filePlace(state) !== undefined,
    lower: hidesFile(state),
    stack: stackImage(state) !== undefined,
    searched: state.search.text !== '',
    leave,
  };
}

function folderAt(
  state: ExplorerState,
  { page, cursor }: PagePosition,
): ExplorerKeyContext['folder'] {
  const image = page.kind === 'stack' ? imageAt(state, page.image) : undefined;
  if (image === undefined) return undefined;
  const stack = stackAt(state, image.path);
  const tree = stack.shown === undefined ? undefined : state.layerStacks.get(stack.shown);
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
}: Parts & { readonly state: ExplorerState }): Line[] {
  const here = theme.symbols.here;
  const room = width - 2;
  const draw = createTreeLine({ state, theme, width: room });
  const rows = state.rows.slice(treeTop, treeTop + treeHeight);
  const lines = rows.map((row, index): Line => {
    const isHere = treeTop + index === state.tree.cursor;
    const role = state.focus === 'tree' ? 'main' : 'dim';
    return [span(isHere ? `${here} ` : '  ', role), ...draw(row)];
  });
  return [[span('  '), ...treeHeading({ state, theme, width: room })], ...lines];
}

function pagePart({
  view,
  position,
  upper,
  pageHeight,
  pageWidth: width,
  height,
  theme,
  keyContext,
}: Parts & { readonly upper: number; readonly height: number }): Line[] {
  const role = keyContext.focus === 'page' ? 'main' : 'dim';
  const drawn = (at: number): Line => {
    const isHere = at === position.cursor && keyContext.focus === 'page';
    const sign = span(isHere ? `${theme.symbols.here} ` : '  ', role);
    return [sign, ...truncate(moved(view.line(at), position.shift), width)];
  };
  const plain = (line: Line): Line =>
    line.length === 0 ? line : [span('  '), ...truncate(line, width)];
  const range = (from: number, to: number) =>
    Array.from({ length: Math.max(0, to - from) }, (_, index) => drawn(from + index));
  const upperTop = inView(Math.min(position.cursor, view.upper - 1), 0, upper, view.upper);
  const from = view.upper + position.top;
  const to = Math.min(view.count, from + pageHeight);
  const rows = view.count === 0 ? [plain(view.instead)] : range(from, to);
  const lines = [
    ...view.head.map(plain),
    ...range(upperTop, upperTop + upper),
    ...(view.upper === 0 ? [] : [blank, plain(view.middle)]),
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

function targetText(state: ExplorerState, target: Page): string {
  if (target.kind === 'file') return 'read it';
  return target.kind === 'entry' ? 'look at it' : `to ${pageName(state, target)}`;
}

function titleOf(state: ExplorerState, targets: LinkTargets): Ends {
  return { left: nameOf(state.name, targets), right: summary(state) };
}

function nameOf(name: string, targets: LinkTargets): Line {
  const label = span(printableLabel(name), 'dim');
  const place = targets.dir === '' ? label : { ...label, link: fileUrl(targets.dir, targets) };
  return [span('explore  ', 'dim'), place];
}

/** Whether all blobs match their digests. */
function summary(state: ExplorerState): Line {
  let blobs = 0;
  let known = 0;
  let wrong = 0;
  let missing = 0;
  for (const item of state.survey.items.values()) {
    if (item.digest === undefined) continue;
    if (item.size === undefined) {
      missing++;
      continue;
    }
    blobs++;
    const mark = state.marks.get(item.path);
    if (mark !== undefined && mark.status !== 'busy') known++;
    if (mark?.status === 'false') wrong++;
  }
  const parts: Line[] = [];
  if (wrong > 0) parts.push([span(`${wrong} not what the name says`, 'fail')]);
  if (missing > 0) parts.push([span(`${missing} missing`, 'fail')]);
  const count = `${blobs} ${blobs === 1 ? 'blob' : 'blobs'}`;
  if (known < blobs) parts.push([span(`${known} of ${count} hashed`, 'dim')]);
  else if (wrong === 0 && blobs > 0) parts.push([span(`${count}, all names match`, 'dim')]);
  for (const remark of state.survey.remarks.slice(0, 1)) {
    parts.push([span(printableLabel(remark).slice(0, 60), 'warn')]);
  }
  return parts.flatMap((part, at) => (at === 0 ? part : [span(', ', 'dim'), ...part]));
}

function footOf(state: ExplorerState, view: PageView, { cursor }: PagePosition): string {
  if (state.note !== undefined) return printableLabel(state.note);
  return (state.focus === 'page' && view.count > 0 ? view.foot(cursor) : undefined) ?? '';
}

function positionOf(
  state: ExplorerState,
  { count, upper }: PageView,
  { cursor }: PagePosition,
): string {
  const [at, of] =
    state.focus === 'tree'
      ? [state.tree.cursor + 1, state.rows.length]
      : cursor < upper
        ? [cursor + 1, upper]
        : [cursor - upper + 1, count - upper];
  return of === 0 ? '' : `${at} of ${of}`;
}

/** The rule above the keys, with a message at its left and the position at its right. */
function ruleOf(foot: string, position: string, width: number): Ends {
  // A text in the rule has a space on either side, and two columns of the rule at its end.
  const taken = position === '' ? 0 : columnsOf(position) + 4;
  // A full digest is more useful than the position.
  const right = foot !== '' && columnsOf(foot) + taken + 6 > width ? '' : position;
  const [said] = splitAt(foot, Math.max(0, width - (right === '' ? 0 : taken) - 4));
  return {
    left: said === '' ? [] : [span(said)],
    right: right === '' ? [] : [span(right, 'dim')],
  };
}

function searchLine({ search }: ExplorerState, theme: Theme): Line {
  const { symbols, ascii } = theme;
  return [
    span(keyFor('search', theme), 'main'),
    span(printableLabel(search.text)),
    span(ascii ? '_' : '▏', 'main'),
    span(`   ${symbols.enter} `, 'title'),
    span('stay there', 'dim'),
    span(`   ${keyName('escape', symbols)} `, 'title'),
    span('back', 'dim'),
  ];
}

/** The text for screen readers: the current row and the keys. */
function spokenFrame(
  state: ExplorerState,
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

function spokenRow(state: ExplorerState, { theme }: Parts): Line[] {
  const row = state.rows[state.tree.cursor];
  return row === undefined ? [] : [createTreeLine({ state, theme, width: 200 })(row)];
}

function spokenPage(state: ExplorerState, { view, position }: Parts): Line[] {
  const page = currentPage(state);
  const name: Line = page === undefined ? [] : [span(pageName(state, page))];
  const row = view.count === 0 ? view.instead : view.line(position.cursor);
  return [name, ...view.head, row];
}
