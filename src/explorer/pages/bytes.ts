import { type HeaderField, headerFields } from '../../oci/header-fields.ts';
import { type Line, span } from '../../ui/line.ts';
import { exactly, itemName, printableLabel } from '../labels.ts';
import { type Drawing, type PageView, pageView } from '../page-view.ts';
import { itemAt, type Page } from '../state.ts';

/** So many first bytes are read of a blob. */
export const headLength = 4096;
export const bytesPerRow = 16;
/** Bytes of a field that are printed one by one. */
const maxFieldBytes = 8;

/** The first bytes of a blob: what the header's fields say, then all of them in hexadecimal. */
export function bytesView(page: Extract<Page, { kind: 'bytes' }>, drawing: Drawing): PageView {
  const { state } = drawing;
  const { path, image } = page;
  const size = itemAt(state, path)?.size;
  const bytes = state.heads.get(path);
  const title = span(`first bytes of ${itemName(state, path, image)}`, 'title');
  if (bytes === undefined) {
    const instead = size === undefined ? 'The blob is not in this layout.' : 'being read';
    return pageView({ head: [[title], []], instead: [span(instead, 'dim')] });
  }
  const whole = bytes.length === size ? 'all' : `the first ${exactly(bytes.length)}`;
  const head: Line[] = [[title, span(`  ${whole} of ${exactly(size ?? 0)} bytes`, 'dim')], []];
  const fields = headerFields(bytes);
  const gap = fields.length === 0 ? 0 : 1;
  const before = fields.length + gap;
  const row = (at: number): Line => {
    const field = fields[at];
    if (field !== undefined) return fieldRow(field, bytes);
    return at < before ? [] : hexRow((at - before) * bytesPerRow, bytes);
  };
  return pageView({
    head,
    count: before + Math.ceil(bytes.length / bytesPerRow),
    line: row,
    text: (at) =>
      row(at)
        .map(({ text }) => text)
        .join(''),
    instead: [span('An empty file.', 'dim')],
  });
}

function fieldRow({ offset, length, name, meaning }: HeaderField, bytes: Uint8Array): Line {
  const spelled = hex(bytes.subarray(offset, offset + Math.min(length, maxFieldBytes)));
  const more = length > maxFieldBytes ? '…' : '';
  return [
    span(`${address(offset)}  `, 'dim'),
    span(`${spelled}${more}`.padEnd(maxFieldBytes * 3 + 1), 'live'),
    span(name.padEnd(13), 'title'),
    span(printableLabel(meaning)),
  ];
}

/** Bytes in hexadecimal, and as text as far as they are that. */
export function hexRow(offset: number, bytes: Uint8Array): Line {
  const row = bytes.subarray(offset, offset + bytesPerRow);
  const halves = [hex(row.subarray(0, bytesPerRow / 2)), hex(row.subarray(bytesPerRow / 2))];
  const text = [...row]
    .map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'))
    .join('');
  return [
    span(`${address(offset)}  `, 'dim'),
    span(halves.join('  ').padEnd(bytesPerRow * 3 + 2)),
    span(text, 'dim'),
  ];
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

function address(offset: number): string {
  return offset.toString(16).padStart(8, '0');
}
