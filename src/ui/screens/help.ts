import { proseWidth } from '../../text/measure.ts';
import { helpOf } from '../bindings.ts';
import { beside, type Document, type Section, stack } from '../document.ts';
import { keymap } from '../keymap.ts';
import { type Line, line, span } from '../line.ts';
import { columnGap, listWidth, twoColumns } from '../measure.ts';
import type { Now } from '../now.ts';
import { sentence } from '../prose.ts';
import { wrap } from '../wrap.ts';

const keyColumn = 17;

/** Every key of the keymap, and how the tour works. */
export function helpDocument(now: Now, width: number): Document {
  if (width < twoColumns)
    return stack([{ lines: keyLines(now, width) }, ...aboutLines(now, width)]);
  const keys = stack([{ lines: keyLines(now, listWidth) }]);
  return beside(keys, stack(aboutLines(now, proseWidth)), listWidth, columnGap);
}

function keyLines({ theme }: Now, width: number): Line[] {
  return helpOf(keymap, theme.symbols).flatMap(({ keys, help }) => {
    const names = keys.join(' ');
    if (theme.spoken) return [line(`${names}: ${help}.`)];
    return wrap([span(help)], width - keyColumn).map((text, index) => [
      span((index === 0 ? ` ${names}` : '').padEnd(keyColumn), 'title'),
      ...text,
    ]);
  });
}

function aboutLines({ setting, theme }: Now, width: number): Section[] {
  const place =
    setting === undefined
      ? ''
      : `Everything is made in \`${setting.workdir}\` and in containerd's namespace \`${setting.namespace}\`; lesson 11 removes it again and proves it.`;
  const texts = [
    'A step passes when this machine is in the state that it asks for. You can run the script here, or do it your own way in a shell or in another terminal. The script on the page is what runs, byte for byte.',
    setting === undefined
      ? ''
      : `In a terminal of your own, \`${setting.otherTerminal}\` sets the variables that the scripts use, and then \`handroll-tour\` is a command there.`,
    place,
  ];
  return texts
    .filter((text) => text !== '')
    .map((text) => ({
      lines: sentence(text, theme, width).map((each) => [span(theme.spoken ? '' : ' '), ...each]),
    }));
}
