import type { LabOutcome, LabResult } from '../../engine/lab/case.ts';
import { numberOf } from '../../engine/lab/place.ts';
import { howSolved } from '../../engine/lab/record.ts';
import type { Text } from '../../engine/text.ts';
import { proseWidth } from '../../text/measure.ts';
import { withoutUnprintable } from '../../text/printable.ts';
import { helpOf } from '../bindings.ts';
import { type Document, type Section, stack } from '../document.ts';
import { indented, type Line, line, marked, span, truncate } from '../line.ts';
import { listWidth, readable } from '../measure.ts';
import { outputLines } from '../output-lines.ts';
import { prose, sentence } from '../prose.ts';
import { questionLines } from '../question-lines.ts';
import { scriptLines } from '../script-lines.ts';
import type { Theme } from '../theme.ts';
import { wrap } from '../wrap.ts';
import { labKeyFor, labKeymap } from './keymap.ts';
import { type CaseRow, type LabState, mendedNow, type OpenCase, showsOutput } from './state.ts';

const nothingKnown = new Map<string, string>();

const words = (text: Text, theme: Theme, width: number) => prose(text, nothingKnown, theme, width);

/** The cases, and how far the learner is with each. */
export function listDocument(state: LabState, theme: Theme, width: number): Document {
  const room = Math.min(width, listWidth);
  const rows = state.rows.map((row, index) => rowLine(row, index === state.cursor, theme, room));
  const focus = { from: state.cursor, to: state.cursor + 1 };
  return stack([
    {
      lines: sentence(
        'Images and containers that are broken on purpose. A ticket tells what a colleague saw; find out why, and mend it in a shell of your own. Each case has a sandbox, and nothing of the tour is touched. Easy ones first.',
        theme,
        width,
      ),
    },
    { lines: rows, focus },
  ]);
}

function rowLine(row: CaseRow, chosen: boolean, theme: Theme, width: number): Line {
  const { symbols, spoken } = theme;
  const { title, level } = row.labCase;
  const here = chosen ? symbols.here : spoken ? '' : ' '.repeat(symbols.here.length);
  const sign =
    row.standing === 'solved'
      ? span(symbols.pass, 'pass')
      : span(row.standing === 'open' ? symbols.part : symbols.none, 'dim');
  const hardness = spoken
    ? `level ${level}.`
    : `${symbols.full.repeat(level)}${symbols.empty.repeat(3 - level)}`;
  const role = row.unavailable !== undefined ? 'dim' : chosen ? 'title' : 'text';
  return truncate(
    line(
      span(here, 'main'),
      ' ',
      sign,
      span(` ${numberOf(row.labCase)} `, 'dim'),
      span(`${hardness} `, 'dim'),
      span(title, role),
    ),
    width,
  );
}

/** What there is to say about the chosen case. */
export function aboutCase(
  { labCase, standing, solved, unavailable }: CaseRow,
  theme: Theme,
  width: number,
) {
  const lesson = labCase.after.slice(0, 2).replace(/^0/, '');
  const after = `Case ${numberOf(labCase)}: you know enough for it after lesson ${lesson}.`;
  if (unavailable !== undefined)
    return sentence(`Not on this machine: ${unavailable}`, theme, width);
  if (solved === undefined) {
    return sentence(standing === 'open' ? `${after} Its sandbox is open.` : after, theme, width);
  }
  return sentence(`You solved it in ${howSolved(solved)}.`, theme, width);
}

/** The ticket, what the checks say, and the hints that were asked for. */
export function caseDocument(at: OpenCase, theme: Theme, width: number): Document {
  const { labCase, record } = at;
  const { ticket, title } = labCase;
  const head: Section[] = [
    { lines: wrap([span(title, 'title')], readable(width, theme)) },
    {
      lines: [
        ...indented(words(ticket.text, theme, width - 2), theme.spoken ? 0 : 2),
        line(span(`  ${theme.ascii || theme.spoken ? '--' : '—'} ${ticket.from}`, 'dim')),
      ],
    },
  ];
  if (record === undefined) {
    // A remark tells why it can't be prepared.
    if (at.remark !== undefined) return stack(head);
    return stack([
      ...head,
      { lines: [line(span(`Preparing it${theme.symbols.ellipsis}`, 'dim'))] },
    ]);
  }
  if (at.debrief) return debriefDocument(at, theme, width);
  return stack([
    ...head,
    { lines: scriptLines(at.command, theme, width) },
    ...printedSections(at, theme, width),
    ...(showsOutput(at)
      ? [
          checksSection(at, theme, width),
          ...hintSections(at, theme, width),
          ...mendedSections(at, theme, width),
        ]
      : []),
  ]);
}

function printedSections(at: OpenCase, theme: Theme, width: number): Section[] {
  const { labCase, record } = at;
  const { prediction } = labCase;
  if (record === undefined) return [];
  if (!showsOutput(at) && prediction !== undefined) {
    return [{ lines: questionLines(prediction, undefined, theme, width) }];
  }
  const lines = withLines(record.printed.output);
  const verdict = verdictLines(at, theme, width);
  const stale = mendedNow(at) ? [line(span('What it printed before:', 'dim'))] : [];
  const printed = [...stale, ...outputLines({ lines, dropped: 0 }, theme, width, new Map())];
  // The answer to a prediction is looked at next.
  return [printed, verdict].map((each) => ({
    lines: each,
    focus: at.revealed ? focusOf(each) : undefined,
  }));
}

const withLines = (text: string) => text.trimEnd().split('\n').map(withoutUnprintable);

function verdictLines({ labCase: { prediction }, record }: OpenCase, theme: Theme, width: number) {
  if (prediction === undefined || record?.choice === undefined) return [];
  const right = prediction.answer(record.printed);
  const was = prediction.choices[right] ?? '';
  const told =
    right === record.choice
      ? `As you predicted: ${was}.`
      : `You predicted: ${prediction.choices[record.choice]}. On this machine: ${was}.`;
  return sentence(told, theme, width);
}

function checksSection(at: OpenCase, theme: Theme, width: number): Section {
  const { results, labCase } = at;
  const room = Math.min(width, listWidth);
  const lines =
    results === undefined
      ? labCase.checks.map(({ says }) => line(span(theme.symbols.busy, 'dim'), ' ', says))
      : results.flatMap((each) => checkLines(each, theme, room));
  return { lines };
}

const focusOf = (lines: readonly Line[]) => ({ from: 0, to: lines.length });

function mendedSections(at: OpenCase, theme: Theme, width: number): Section[] {
  if (!mendedNow(at)) return [];
  const { solved } = at;
  const how = solved === undefined ? '' : ` You first did it in ${howSolved(solved)}.`;
  const key = labKeyFor('debrief', theme);
  const lines = sentence(`*It's mended.*${how} \`${key}\` tells what it was.`, theme, width);
  return [{ lines, focus: focusOf(lines) }];
}

function checkLines({ check, outcome }: LabResult, theme: Theme, width: number): Line[] {
  const { symbols } = theme;
  const [sign, role] = {
    pass: [symbols.pass, 'pass'] as const,
    fail: [symbols.fail, 'fail'] as const,
    blocked: [symbols.warn, 'warn'] as const,
  }[outcome.status];
  const said = wrap([span(check.says, role === 'fail' ? 'fail' : 'text')], width - 4);
  const seen = outputLines({ lines: [saw(outcome)], dropped: 0 }, theme, width - 2, new Map());
  return [
    ...marked(span(sign, role), said),
    ...seen.map((each): Line => (theme.spoken ? each : [span('  '), ...each])),
  ];
}

function saw(outcome: LabOutcome): string {
  if (outcome.status === 'pass') return outcome.evidence;
  return withoutUnprintable(outcome.status === 'fail' ? outcome.actual : outcome.why);
}

function hintSections(
  { labCase, hints, record }: OpenCase,
  theme: Theme,
  width: number,
): Section[] {
  const shown = hints.slice(0, record?.hints ?? 0);
  return shown.map(({ text, command }, index) => {
    const title = `Hint ${index + 1} of ${labCase.hints.length}`;
    const lines = [
      line(span(title, 'dim')),
      ...words(text, theme, width),
      ...(command === undefined ? [] : scriptLines(command, theme, width)),
    ];
    return index === shown.length - 1 ? { lines, focus: focusOf(lines) } : { lines };
  });
}

function debriefDocument({ labCase }: OpenCase, theme: Theme, width: number): Document {
  const { was, find, field, issues, prevent } = labCase.debrief;
  const part = (title: string, text: Text): Section => ({
    lines: [line(span(title, 'title')), ...words(text, theme, width)],
  });
  return stack([
    { lines: wrap([span(labCase.title, 'dim')], readable(width, theme)) },
    part('What it was', was),
    part('How to find it fast', find),
    part('How it happens', field),
    part('What would have caught it', prevent),
    {
      lines:
        issues.length === 0 ? [] : sentence(`Reports of it: ${issues.join(', ')}`, theme, width),
    },
  ]);
}

export function labHelpDocument(theme: Theme, width: number): Document {
  const bindings = helpOf(labKeymap, theme.symbols);
  const keyColumn = 3 + Math.max(...bindings.map(({ keys: names }) => names.join(' ').length));
  const keys = bindings.flatMap(({ keys: names, help }): Line[] =>
    theme.spoken
      ? [line(`${names.join(' ')}: ${help}.`)]
      : wrap([span(help)], width - keyColumn).map((text, index) => [
          span((index === 0 ? ` ${names.join(' ')}` : '').padEnd(keyColumn), 'title'),
          ...text,
        ]),
  );
  const about =
    'A case is mended once its checks pass: they look at the files, and run the command of the ticket again in a namespace of their own. In the shell of a case, `$LAB` is its sandbox, `$OCI_DIR` the layout, `$IMAGE_TAR` the tar of it, and `$CTR_NAMESPACE` its namespace; `handroll-tour verify`, `layers`, `explore` and `compare` work there, too.';
  return stack([{ lines: keys }, { lines: sentence(about, theme, Math.min(width, proseWidth)) }]);
}
