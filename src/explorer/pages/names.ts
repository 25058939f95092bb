import { type Line, type Role, span, truncate } from '../../ui/line.ts';
import { exactly, markSpan, markText, printableLabel } from '../labels.ts';
import type { Drawing } from '../page-view.ts';
import { itemAt, namesAt } from '../state.ts';

/** Where the names begin, one below the other. */
const labelWidth = 8;

/** What something is, its names side by side, and whether they are true. */
export function nameLines(
  path: string,
  image: string | undefined,
  title: string,
  { state, theme, width }: Drawing,
): Line[] {
  const item = itemAt(state, path);
  const type = item?.mediaType ?? '';
  const size = item?.size === undefined ? '' : `${exactly(item.size)} bytes`;
  const about = (mediaType: string) =>
    [size, printableLabel(mediaType)]
      .filter((each) => each !== '')
      .map((each) => `  ${each}`)
      .join('');
  // All media types here begin alike; what they end in is what tells them apart.
  const hasRoom = title.length + about(type).length <= width;
  const shown = hasRoom ? type : type.replace(/^application\/vnd\.(oci\.image\.)?/, '…');
  const lines: Line[] = [[span(title, 'title'), span(about(shown), 'dim')]];
  if (item?.digest !== undefined) {
    const mark = state.marks.get(path);
    const sign = markSpan(state, path, theme);
    const says = item.size === undefined ? 'not there' : markText(mark);
    lines.push(named('Digest', sign.text, sign.role, item.digest, 'live', says));
    if (mark?.status === 'false') {
      lines.push(named('found', '', 'fail', mark.actual, 'fail', 'what the bytes really hash to'));
    }
  }
  if (item?.kind === 'layer' && item.size !== undefined) lines.push(...layerNames());
  if (item?.damage !== undefined) {
    lines.push([span(`${theme.symbols.warn} `, 'warn'), span(printableLabel(item.damage), 'warn')]);
  }
  return lines.map((each) => truncate(each, width));

  function layerNames(): Line[] {
    const { diffId, said, chainId } = namesAt(state, path, image);
    const { pass, fail, todo } = theme.symbols;
    const isWrong = diffId !== undefined && said !== undefined && diffId !== said;
    const sign = isWrong ? fail : diffId === undefined || said === undefined ? '' : pass;
    const found: Line[] = [];
    const why = isWrong
      ? 'NOT what the config says'
      : said === undefined
        ? 'of the bytes before compression'
        : 'of the bytes before compression, as the config says';
    if (diffId !== undefined) {
      found.push(named('DiffID', sign, isWrong ? 'fail' : 'pass', diffId, 'live', why));
    } else if (said !== undefined) {
      found.push(named('DiffID', todo, 'dim', said, 'dim', 'the config says; not read yet'));
    }
    if (isWrong && said !== undefined) {
      found.push(named('config', '', 'fail', said, 'fail', 'what the config says instead'));
    }
    if (chainId !== undefined) {
      found.push(named('ChainID', '', 'dim', chainId, 'live', 'of it upon the layers below it'));
    }
    return found;
  }

  function named(
    label: string,
    sign: string,
    signRole: Role,
    digest: string,
    role: Role,
    says: string,
  ): Line {
    const column = theme.symbols.pass.length;
    // The algorithm goes without saying where there would be no room for the hash.
    const whole = labelWidth + column + 1 + digest.length <= width;
    const text = whole ? digest : digest.slice(digest.indexOf(':') + 1);
    const hasRoom = labelWidth + column + 1 + digest.length + 2 + says.length <= width;
    return [
      span(label.padEnd(labelWidth), 'dim'),
      span(`${sign.padEnd(column)} `, signRole),
      span(text, role),
      ...(hasRoom ? [span(`  ${says}`, 'dim')] : []),
    ];
  }
}
