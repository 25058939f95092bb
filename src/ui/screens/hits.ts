import { columnsOf } from '../../text/measure.ts';
import { counted } from '../../text/words.ts';
import { type Document, type Section, stack } from '../document.ts';
import type { Ends } from '../frame.ts';
import { type Hit, hitsFor } from '../hits.ts';
import { indented, type Line, padded, span, truncate } from '../line.ts';
import { listWidth } from '../measure.ts';
import { prose, sentence } from '../prose.ts';
import type { Theme } from '../theme.ts';
import type { TourViewModel } from '../view-model.ts';
import { termSection } from './glossary.ts';

/** Columns for the name of a place, where there is room for a sentence beside it. */
const placeColumns = 32;

/** All hits for what is searched for. */
export function hitsOf({ state, context, view }: TourViewModel): Hit[] {
  return hitsFor(view.hits?.text ?? '', state, context);
}

export function isAnyHit(model: TourViewModel): boolean {
  return hitsOf(model).length > 0;
}

/** The hit that is chosen. */
export function chosenHit(model: TourViewModel): Hit | undefined {
  return hitsOf(model)[model.view.hits?.chosen ?? 0];
}

/** The list of hits; or the term or the problem that was chosen there. */
export function hitsDocument(model: TourViewModel, width: number): Document {
  const { view } = model;
  const chosen = chosenHit(model);
  if (view.hits?.reading === true && chosen !== undefined)
    return readDocument(model, chosen, width);
  const all = hitsOf(model);
  if (all.length === 0) {
    const none = `Nothing in the tour has “${view.hits?.text ?? ''}” in it.`;
    return stack([{ lines: sentence(none, model.theme, width) }]);
  }
  const at = view.hits?.chosen ?? 0;
  const rows = all.map((hit, index) => row(hit, index === at, model, Math.min(width, listWidth)));
  return stack([{ lines: rows, focus: { from: at, to: at + 1 } }]);
}

function row(hit: Hit, chosen: boolean, { theme, view }: TourViewModel, width: number): Line {
  const { symbols, spoken } = theme;
  const here = span(
    chosen ? symbols.here : ' '.repeat(spoken ? 0 : columnsOf(symbols.here)),
    'main',
  );
  const where = [span(` ${hit.where}`, chosen ? 'title' : 'text')];
  const text = `${hit.kind === 'output' ? 'it printed ' : ''}${hit.said}`;
  if (spoken) return [here, ...where, span(`: ${text}`)];
  const left = padded(truncate([here, ...where], placeColumns), placeColumns);
  const said = around(text, view.hits?.text ?? '', width - placeColumns - 2);
  return truncate([...left, span('  '), span(said, 'dim')], width);
}

/** The part of a text that has the words in it, if the text is too long for its room. */
function around(text: string, wanted: string, room: number): string {
  const at = text.toLowerCase().indexOf(wanted.toLowerCase());
  if (columnsOf(text) <= room || at + wanted.length < room - 1) return text;
  const from = text.indexOf(' ', Math.max(0, at - Math.floor(room / 3)));
  return from === -1 || from > at ? text.slice(at) : `…${text.slice(from)}`;
}

function readDocument(model: TourViewModel, hit: Hit, width: number): Document {
  if (hit.kind === 'term') return stack([termSection(model, hit.term, width)]);
  if (hit.kind !== 'problem') return stack([]);
  const { theme } = model;
  const { symptom, cause, remedy, paste = [] } = hit.problem;
  const told = (text: string): Section => ({ lines: prose([text], new Map(), theme, width) });
  return stack([
    { lines: prose([symptom], new Map(), theme, width).map(asTitle) },
    told(cause),
    told(remedy),
    { lines: pasted(paste, theme) },
  ]);
}

const asTitle = (line: Line): Line => line.map(({ text }) => span(text, 'title'));

function pasted(lines: readonly string[], { spoken }: Theme): Line[] {
  return indented(
    lines.map((each) => [span(each, 'code')]),
    spoken ? 0 : 2,
  );
}

export function hitsTitle(model: TourViewModel): Ends {
  const { hits } = model.view;
  const all = `${counted(hitsOf(model).length, 'place')} in the tour`;
  const right = hits?.reading === true ? `${hits.chosen + 1} of ${all}` : all;
  return { left: [span(`/${hits?.text ?? ''}`, 'title')], right: [span(right, 'dim')] };
}
