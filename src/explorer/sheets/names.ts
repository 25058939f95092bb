import { type Line, type Role, span, truncate } from '../../ui/line.ts';
import type { Drawing } from '../sheet.ts';
import { namesAt, thingAt } from '../state.ts';
import { exactly, markSpan, markText, tame } from '../words.ts';

/** Where the names begin, one below the other. */
const LABEL = 8;

/** What something is, its names side by side, and whether they are true. */
export function nameLines(
  path: string,
  image: string | undefined,
  title: string,
  { state, theme, width }: Drawing,
): Line[] {
  const thing = thingAt(state, path);
  const type = thing?.mediaType ?? '';
  const size = thing?.size === undefined ? '' : `${exactly(thing.size)} bytes`;
  const about = (mediaType: string) =>
    [size, tame(mediaType)]
      .filter((each) => each !== '')
      .map((each) => `  ${each}`)
      .join('');
  // All media types here begin alike; what they end in is what tells them apart.
  const hasRoom = title.length + about(type).length <= width;
  const shown = hasRoom ? type : type.replace(/^application\/vnd\.(oci\.image\.)?/, '…');
  const lines: Line[] = [[span(title, 'title'), span(about(shown), 'dim')]];
  if (thing?.digest !== undefined) {
    const mark = state.marks.get(path);
    const sign = markSpan(state, path, theme);
    const says = thing.size === undefined ? 'not there' : markText(mark);
    lines.push(named('Digest', sign.text, sign.role, thing.digest, 'live', says));
    if (mark?.status === 'false') {
      lines.push(named('found', '', 'fail', mark.actual, 'fail', 'what the bytes really hash to'));
    }
  }
  if (thing?.kind === 'layer' && thing.size !== undefined) lines.push(...layerNames());
  if (thing?.trouble !== undefined) {
    lines.push([span(`${theme.symbols.warn} `, 'warn'), span(tame(thing.trouble), 'warn')]);
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
    const whole = LABEL + column + 1 + digest.length <= width;
    const text = whole ? digest : digest.slice(digest.indexOf(':') + 1);
    const hasRoom = LABEL + column + 1 + digest.length + 2 + says.length <= width;
    return [
      span(label.padEnd(LABEL), 'dim'),
      span(`${sign.padEnd(column)} `, signRole),
      span(text, role),
      ...(hasRoom ? [span(`  ${says}`, 'dim')] : []),
    ];
  }
}
