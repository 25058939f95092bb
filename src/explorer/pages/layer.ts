import type { LayerEntry } from '../../oci/layer-entry.ts';
import { sizeText } from '../../text/size.ts';
import { type Line, span } from '../../ui/line.ts';
import {
  exactly,
  itemName,
  linkText,
  modeText,
  percent,
  printableLabel,
  whiteoutText,
} from '../labels.ts';
import { type Drawing, type PageView, pageView } from '../page-view.ts';
import { itemAt, type Page } from '../state.ts';
import { nameLines } from './names.ts';

type ThingPage = Extract<Page, { kind: 'thing' }>;

/** A layer: its names, and its entries in the order of the archive. */
export function layerView(page: ThingPage, drawing: Drawing): PageView {
  const { state, theme } = drawing;
  const { path, image } = page;
  const head = nameLines(path, image, itemName(state, path, image), drawing);
  const found = state.layers.get(path);
  if (found?.status !== 'read') {
    const isThere = itemAt(state, path)?.size !== undefined;
    const instead: Line = !isThere
      ? [span('The blob is not in this layout.', 'dim')]
      : found?.status === 'bad'
        ? [span(`${theme.symbols.fail} `, 'fail'), span(printableLabel(found.why), 'fail')]
        : [span(`reading its entries, ${percent(found?.part ?? 0)}`, 'dim')];
    return pageView({ head: [...head, []], instead });
  }
  const { entries, compression, size } = found.layer;
  const packed = compression === 'none' ? 'not compressed' : `${compression}, unpacks to`;
  const many = `${exactly(entries.length)} ${entries.length === 1 ? 'entry' : 'entries'}`;
  const amount = compression === 'none' ? '' : ` ${exactly(size)} bytes`;
  const about = `${many}, ${packed}${amount}`;
  return pageView({
    head: [...head, [span(about, 'dim')], []],
    count: entries.length,
    line: (at) => entryRow(entries[at]),
    text: (at) => entries[at]?.name ?? '',
    target: (at) => ({ kind: 'entry', path, image, entry: at }),
    instead: [span('An empty archive.', 'dim')],
  });
}

function entryRow(entry: LayerEntry | undefined): Line {
  if (entry === undefined) return [];
  const { uid, gid, major, minor, size, name } = entry;
  const amount = major === undefined ? sizeText(size) : `${major},${minor}`;
  const owner = `${uid}:${gid}`.padEnd(7);
  const marker = whiteoutText(entry);
  return [
    span(`${modeText(entry)} ${owner} ${amount.padStart(8)}  `, 'dim'),
    span(printableLabel(name), marker === undefined ? 'text' : 'warn'),
    span(printableLabel(linkText(entry)), 'dim'),
    ...(marker === undefined ? [] : [span(`  ✂ ${printableLabel(marker)}`, 'warn')]),
  ];
}
