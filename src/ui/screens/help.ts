import { proseWidth } from '../../text/measure.ts';
import { helpOf } from '../bindings.ts';
import { beside, type Document, type Section, stack } from '../document.ts';
import { keymap } from '../keymap.ts';
import { type Line, line, span } from '../line.ts';
import { columnGap, listWidth, twoColumns } from '../measure.ts';
import { sentence } from '../prose.ts';
import type { ViewModel } from '../view-model.ts';
import { wrap } from '../wrap.ts';

const keyColumn = 17;

/** Every key of the keymap, and how the tour works. */
export function helpDocument(model: ViewModel, width: number): Document {
  if (width < twoColumns)
    return stack([{ lines: keyLines(model, width) }, ...aboutLines(model, width)]);
  const keys = stack([{ lines: keyLines(model, listWidth) }]);
  return beside(keys, stack(aboutLines(model, proseWidth)), listWidth, columnGap);
}

/** The keys; while something is searched for, those that have to do with it. */
function keyLines({ theme, view }: ViewModel, width: number): Line[] {
  const wanted = view.search?.page === 'help' ? view.search.text.toLowerCase() : '';
  const all = helpOf(keymap, theme.symbols);
  const found = all.filter(({ help }) => help.toLowerCase().includes(wanted));
  return (found.length > 0 ? found : all).flatMap(({ keys, help }) => {
    const names = keys.join(' ');
    if (theme.spoken) return [line(`${names}: ${help}.`)];
    return wrap([span(help)], width - keyColumn).map((text, index) => [
      span((index === 0 ? ` ${names}` : '').padEnd(keyColumn), 'title'),
      ...text,
    ]);
  });
}

function aboutLines({ context, theme }: ViewModel, width: number): Section[] {
  const indent = theme.spoken ? '' : ' ';
  const about = (text: string): Line[] =>
    sentence(text, theme, width - indent.length).map((each) => [span(indent), ...each]);
  const passes = about(
    'A step passes when this machine is in the state that it asks for. You can run the script here, or do it your own way in a shell or in another terminal. The script on the page is what runs, byte for byte.',
  );
  if (context === undefined) return [{ lines: passes }];
  const sourced = about(
    'In a terminal of your own, this sets the variables that the scripts use, and makes `handroll-tour` a command there:',
  );
  const place = about(
    `Everything is made in \`${context.workdir}\` and in containerd's namespace \`${context.namespace}\`; lesson 11 removes it again and proves it.`,
  );
  // A line of its own, so that it's pasted whole.
  const command = line(span(`${indent}${context.otherTerminal}`, 'code'));
  return [{ lines: passes }, { lines: [...sourced, command] }, { lines: place }];
}
