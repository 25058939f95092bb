import type { LayerEntry } from '../../oci/layer-entry.ts';
import { whiteoutOf } from '../../oci/whiteout.ts';
import { type Line, type Role, span } from '../../ui/line.ts';
import { contentPlace } from '../contents.ts';
import { rowOf } from '../image/path-tree.ts';
import {
  exactly,
  itemName,
  linkText,
  modeText,
  pageName,
  printableLabel,
  whiteoutText,
} from '../labels.ts';
import { type Drawing, type PageView, pageView } from '../page-view.ts';
import { type ExplorerState, imageAt, itemAt, type Page } from '../state.ts';

type EntryPage = Extract<Page, { kind: 'entry' }>;

/** One entry of a layer: what the archive says of it, and which other layers have the path. */
export function entryView(page: EntryPage, drawing: Drawing): PageView {
  const { state } = drawing;
  const found = state.layers.get(page.path);
  const entry = found?.status === 'read' ? found.layer.entries[page.entry] : undefined;
  const place = itemName(state, page.path, page.image);
  if (entry === undefined) return pageView({ instead: [span('Not read any more.', 'dim')] });
  const rows: { line: Line; target?: Page }[] = fieldsOf(entry).map(([name, value, role]) => ({
    line: [span(name.padEnd(10), 'dim'), span(printableLabel(value), role)],
  }));
  if (contentPlace(state, page) !== undefined) {
    const says = entry.digest ?? 'of the file it is another name of';
    const line = [span('content'.padEnd(10), 'dim'), span('→ ', 'main'), span(says, 'live')];
    rows.push({ line, target: { ...page, kind: 'file' } });
  }
  const others = elsewhere(state, page, entry);
  if (others.length > 0) rows.push({ line: [] });
  for (const { target, says } of others) {
    const line = [span(says.padEnd(26), 'dim'), span(pageName(state, target), 'live')];
    rows.push({ line: [...line, span('  →', 'main')], target });
  }
  const leads = (kind: Page['kind']) => rows.findIndex(({ target }) => target?.kind === kind);
  const first = leads('entry') === -1 ? leads('file') : leads('entry');
  return pageView({
    head: [[span(printableLabel(entry.path), 'title'), span(`  in ${place}`, 'dim')], []],
    count: rows.length,
    line: (at) => rows[at]?.line ?? [],
    text: (at) => (rows[at]?.line ?? []).map(({ text }) => text).join(''),
    target: (at) => rows[at]?.target,
    start: Math.max(0, first),
  });
}

function fieldsOf(entry: LayerEntry): [name: string, value: string, role?: Role][] {
  const { name, kind, uid, gid, mtime, size, major, minor } = entry;
  const date = new Date(mtime * 1000);
  const time = Number.isNaN(date.getTime()) ? String(mtime) : date.toISOString();
  const marker = whiteoutText(entry);
  return [
    ['name', name],
    ['kind', kind === 'hardlink' ? 'hard link, another name of a file' : kind],
    ...(marker === undefined ? [] : [['whiteout', marker, 'warn'] as [string, string, Role]]),
    ...(entry.link === undefined ? [] : [['link', linkText(entry).trim()] as [string, string]]),
    ['mode', `${modeText(entry)}  ${entry.mode.toString(8).padStart(4, '0')}`],
    ['owner', `${uid}:${gid}`],
    ['time', time],
    ...(kind === 'file' ? [['size', `${exactly(size)} bytes`] as [string, string]] : []),
    ...(major === undefined ? [] : [['device', `${major},${minor}`] as [string, string]]),
    ...Object.entries(entry.xattrs ?? {}).map(([name, value]): [string, string] => [
      'xattr',
      `${name} = ${value}`,
    ]),
  ];
}

/** The whiteout of a path. */
function markerOf(path: string): string {
  const slash = path.lastIndexOf('/') + 1;
  return `${path.slice(0, slash)}.wh.${path.slice(slash)}`;
}

/** The same path in the other layers of the image, and what a whiteout deletes there. */
function elsewhere(state: ExplorerState, page: EntryPage, entry: LayerEntry) {
  const image = imageAt(state, page.image);
  const found: { target: EntryPage; says: string }[] = [];
  const own = image?.layers.indexOf(page.path) ?? -1;
  const wanted = whiteoutOf(entry.path)?.path ?? entry.path;
  for (const [layer, path] of (image?.layers ?? []).entries()) {
    const read = state.layers.get(path);
    if (layer === own || read?.status !== 'read' || itemAt(state, path) === undefined) continue;
    const { rows, entries } = read.layer;
    const row = rowOf(rows, wanted) ?? rowOf(rows, markerOf(wanted));
    const at = row === undefined ? -1 : (rows[row]?.item ?? -1);
    const other = entries[at];
    if (other === undefined) continue;
    const target: EntryPage = { kind: 'entry', path, image: page.image, entry: at };
    const marks = whiteoutOf(other.path) !== undefined;
    const where = layer > own ? 'above' : 'below';
    found.push({ target, says: `layer ${layer}, ${where}, ${marks ? 'hides it:' : 'has it:'}` });
  }
  return found;
}
