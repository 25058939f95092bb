import { short } from '../oci/digest.ts';
import { type LayerEntry, typeLetters } from '../oci/layer-entry.ts';
import { whiteoutOf } from '../oci/whiteout.ts';
import { permissions } from '../text/permissions.ts';
import { clip } from '../text/printable.ts';
import { type Span, span } from '../ui/line.ts';
import type { Theme } from '../ui/theme.ts';
import { type ExplorerState, imageAt, itemAt, type Mark, type Page } from './state.ts';

/** More characters than any screen is wide. */
const maxTextLength = 1000;

/** Text from an image, made safe for a terminal and short enough to measure. */
export function printableLabel(text: string): string {
  return clip(text, maxTextLength);
}

/** Every byte, in groups of three digits. */
export function exactly(size: number): string {
  return String(size).replace(/\B(?=(\d{3})+$)/g, ' ');
}

/** `-rwxr-xr-x`, as `ls -l` shows it. */
export function modeText({ kind, mode }: LayerEntry): string {
  return `${typeLetters[kind]}${permissions(mode)}`;
}

/** The target of a link. */
export function linkText({ kind, link }: LayerEntry): string {
  if (link === undefined || link === '') return '';
  return kind === 'hardlink' ? ` = ${link}` : ` -> ${link}`;
}

/** What a marker does to the layers below. */
export function whiteoutText({ path }: LayerEntry): string | undefined {
  const whiteout = whiteoutOf(path);
  if (whiteout === undefined) return undefined;
  if (whiteout.kind === 'hide') return `hides ${whiteout.path}`;
  return whiteout.path === '.' ? 'hides all below' : `hides all below in ${whiteout.path}/`;
}

/** Whether the content matches the digest in the name. */
export function markSpan(state: ExplorerState, path: string, { symbols }: Theme): Span {
  const item = itemAt(state, path);
  if (item?.size === undefined) return span(symbols.fail, 'fail');
  if (item.digest === undefined) {
    return item.damage === undefined ? none(symbols.pass) : span(symbols.warn, 'warn');
  }
  const mark = state.marks.get(path);
  if (mark?.status === 'false') return span(symbols.fail, 'fail');
  if (item.damage !== undefined) return span(symbols.warn, 'warn');
  switch (mark?.status) {
    case 'true':
      return span(symbols.pass, 'pass');
    case 'unchecked':
      return span(symbols.warn, 'warn');
    case 'busy':
      return span(symbols.busy, 'dim');
    default:
      return span(symbols.todo, 'dim');
  }
}

function none(like: string): Span {
  return span(' '.repeat(like.length));
}

/** The meaning of the mark, in words. */
export function markText(mark: Mark | undefined): string {
  switch (mark?.status) {
    case 'true':
      return 'hashed just now: the bytes are what the name says';
    case 'false':
      return 'NOT what the name says: the bytes hash to';
    case 'unchecked':
      return 'an algorithm that cannot be computed here';
    case 'busy':
      return `being hashed, ${percent(mark.part)}`;
    default:
      return 'not hashed yet';
  }
}

export function percent(part: number): string {
  return `${Math.floor(part * 100)} %`;
}

/** The name of a page in a sentence. */
export function pageName(state: ExplorerState, page: Page): string {
  switch (page.kind) {
    case 'help':
      return 'keys';
    case 'stack':
      return 'layers, stacked';
    case 'bytes':
      return `first bytes of ${itemName(state, page.path, page.image)}`;
    case 'thing':
      return itemName(state, page.path, page.image);
    case 'file':
    case 'entry': {
      const found = state.layers.get(page.path);
      const entry = found?.status === 'read' ? found.layer.entries[page.entry] : undefined;
      return entry === undefined ? 'entry' : printableLabel(entry.path);
    }
  }
}

/** A document or layer as its place says, `layer 1`; with its digest. */
export function itemName(state: ExplorerState, path: string, image: string | undefined): string {
  const item = itemAt(state, path);
  if (item === undefined) return path;
  if (item.digest === undefined) return printableLabel(path);
  const owner = imageAt(state, image);
  const position = owner?.layers.indexOf(path) ?? -1;
  const kind = item.kind === 'other' ? 'blob' : item.kind;
  return `${position === -1 ? kind : `layer ${position}`} ${short(item.digest)}`;
}
