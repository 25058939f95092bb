import { type Line, type Span, span, truncate } from '../../ui/line.ts';
import type { JsonLine } from '../image/json-lines.ts';
import { keyFor } from '../keymap.ts';
import { itemName, pageName, printableLabel } from '../labels.ts';
import { type Drawing, type PageView, pageView } from '../page-view.ts';
import { type ExplorerState, itemAt, type Page } from '../state.ts';
import { nameLines } from './names.ts';

type ThingPage = Extract<Page, { kind: 'thing' }>;

/** Beyond this, indentation says no more. */
const maxIndent = 20;

/** A JSON document; what is none is said to be none. */
export function documentView(page: ThingPage, drawing: Drawing): PageView {
  const { state } = drawing;
  const item = itemAt(state, page.path);
  const title = itemName(state, page.path, page.image);
  const head = [...nameLines(page.path, page.image, title, drawing), []];
  const lines = item?.json ?? [];
  const first = lines.findIndex(({ digest }) => digest !== undefined);
  const target = (at: number) => followed(state, page, lines[at]);
  return pageView({
    head,
    count: lines.length,
    line: (at) => jsonRow(lines[at], target(at), drawing),
    text: (at) => lines[at]?.text ?? '',
    target,
    start: Math.max(0, first),
    instead:
      item?.size === undefined
        ? [span(missing(page.path), 'dim')]
        : [
            span(
              `This is not JSON. ${keyFor('bytes', drawing.theme)} shows its first bytes.`,
              'dim',
            ),
          ],
    foot: (at) => {
      const digest = lines[at]?.digest;
      if (digest === undefined) return undefined;
      return target(at) === undefined
        ? `${printableLabel(digest)} is not in this layout`
        : printableLabel(digest);
    },
  });

  function missing(path: string): string {
    if (path === 'index.json') return 'No index yet: nothing says where to begin.';
    if (path === 'oci-layout') return 'No oci-layout file yet: nothing says that this is a layout.';
    return 'The blob is not in this layout.';
  }
}

/** Where a digest in a document leads: to the blob, or to the layer it is the DiffID of. */
function followed(
  state: ExplorerState,
  page: ThingPage,
  line: JsonLine | undefined,
): Page | undefined {
  const digest = line?.digest;
  if (digest === undefined) return undefined;
  const owner = itemAt(state, page.path)?.kind === 'manifest' ? page.path : page.image;
  const path = `blobs/${digest.replace(':', '/')}`;
  if (itemAt(state, path) !== undefined) {
    const isManifest = itemAt(state, path)?.kind === 'manifest';
    return { kind: 'thing', path, image: isManifest ? path : owner };
  }
  for (const [layer, found] of state.layers) {
    if (found.status === 'read' && found.layer.diffId === digest) {
      return { kind: 'thing', path: layer, image: owner };
    }
  }
  return undefined;
}

function jsonRow(
  line: JsonLine | undefined,
  target: Page | undefined,
  { state, width }: Drawing,
): Line {
  if (line === undefined) return [];
  const indent = ' '.repeat(2 * Math.min(line.depth, maxIndent));
  const name = /^("(?:[^"\\]|\\.)*"): /s.exec(line.text)?.[0] ?? '';
  const rest = line.text.slice(name.length);
  const start: Span[] = [span(indent), span(printableLabel(name), 'dim')];
  if (line.digest === undefined) return [...start, span(printableLabel(rest))];
  const leads = target === undefined ? '' : `  → ${leadsTo(pageName(state, target))}`;
  const used = indent.length + name.length + leads.length;
  const value = truncate(
    [span(printableLabel(rest), target === undefined ? 'text' : 'live')],
    width - used,
  );
  return [...start, ...value, span(leads, 'main')];
}

/** The digest stands in front of it already. */
function leadsTo(name: string): string {
  return name.replace(/ [0-9a-f]{8}$/, '');
}
