import { helpOf } from '../../ui/bindings.ts';
import { type Line, span } from '../../ui/line.ts';
import { wrap } from '../../ui/wrap.ts';
import { keymap } from '../keymap.ts';
import { type Drawing, type PageView, pageView } from '../page-view.ts';

const keyColumn = 17;

const aboutExplorer = [
  'Every blob is named by the hash of its bytes. Each was hashed just now, and its mark says whether the name is true.',
  'A layer has up to three names. Digest: the hash of the blob as it is stored, which the manifest lists. DiffID: the hash of the tar before compression, which the config lists. ChainID: the DiffID together with those of all layers below it.',
  'Layers are transparencies. Switch one off, and what it covered or took away is seen again.',
];

/** Every key, from the keymap itself, and what the names mean. */
export function helpView({ theme, width }: Drawing): PageView {
  const keys = helpOf(keymap, theme.symbols).flatMap(({ keys, help }): Line[] =>
    wrap([span(help)], width - keyColumn).map((text, index) => [
      span((index === 0 ? keys.join(' ') : '').padEnd(keyColumn), 'title'),
      ...text,
    ]),
  );
  const about = aboutExplorer.flatMap((text): Line[] => [
    [],
    ...wrap([span(text)], Math.min(width, 90)),
  ]);
  const lines = [...keys, ...about];
  return pageView({
    count: lines.length,
    line: (at) => lines[at] ?? [],
    text: (at) => (lines[at] ?? []).map(({ text }) => text).join(''),
  });
}
