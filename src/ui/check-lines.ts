import type { Check, CheckResult, Fail } from '../engine/check.ts';
import { clock } from '../text/words.ts';
import { type Line, line, marked, type Span, span, spread, widthOf } from './line.ts';
import { sentence, spelled } from './prose.ts';
import type { Theme } from './theme.ts';
import { wrap } from './wrap.ts';

/**
 * One check: what it tests and, once it has run, what it found.
 * @param again whether a check above fails for the same mistake, and has explained it
 */
export function checkLines(
  check: Check,
  result: CheckResult | undefined,
  looking: boolean,
  theme: Theme,
  width: number,
  again = false,
): Line[] {
  const { symbols } = theme;
  switch (result?.status) {
    case undefined: {
      const sign = looking ? span(symbols.busy, 'dim') : span(symbols.todo, 'dim');
      return marked(sign, wrapped([span(check.says)], sign, width));
    }
    case 'pass':
      return seen(span(symbols.pass, 'pass'), check.says, result.evidence, theme, width);
    case 'witnessed': {
      const evidence = `${result.evidence}, seen ${clock(result.at)}`;
      return seen(span(symbols.pass, 'pass'), check.says, evidence, theme, width);
    }
    case 'blocked': {
      const sign = span(symbols.warn, 'warn');
      return [
        ...marked(sign, wrapped([span(check.says)], sign, width)),
        ...labelled('unseen', [span(result.why, 'warn')], theme, width),
      ];
    }
    case 'fail': {
      const sign = span(symbols.fail, 'fail');
      return [
        ...marked(sign, wrapped([span(check.says, 'fail')], sign, width)),
        ...(again
          ? labelled('found', [span('the same as above', 'live')], theme, width)
          : difference(result, theme, width)),
      ];
    }
  }
}

/** What was expected, what was found, and all recognised causes. */
function difference(result: Fail, theme: Theme, width: number): Line[] {
  const { expected, actual, hint, diagnoses = [] } = result;
  return [
    ...labelled('expected', [span(expected)], theme, width),
    ...labelled('found', [span(actual, 'live')], theme, width),
    ...advice(hint, theme, width),
    ...diagnoses
      .slice(1)
      .flatMap(({ observed, remedy }) => [
        ...labelled('also', [span(observed, 'live')], theme, width),
        ...advice(remedy, theme, width),
      ]),
  ];
}

/** The hint; commands to paste have lines of their own. */
function advice(hint: string, theme: Theme, width: number): Line[] {
  const lines = hint.split('\n').flatMap((each) => sentence(each, theme, width - 4));
  return lines.map((each) => [span('    '), ...each]);
}

/** The evidence is at the right if there is room, otherwise below. */
function seen(sign: Span, says: string, evidence: string, theme: Theme, width: number): Line[] {
  const saw = [span(spelled(evidence, theme), 'live')];
  const left = line(sign, ' ', says);
  if (theme.spoken) return [[...left, span('. '), ...saw]];
  if (widthOf(left) + 2 + widthOf(saw) <= width) return [spread(left, saw, width)];
  return [
    ...marked(sign, wrapped([span(says)], sign, width)),
    ...wrap(saw, width - 4).map((each) => [span('    '), ...each]),
  ];
}

function labelled(label: string, value: readonly Span[], theme: Theme, width: number): Line[] {
  if (theme.spoken) return [line(`${label}: `, ...value)];
  const margin = 14;
  return wrap(value, width - margin).map((each, index) => [
    span(index === 0 ? `    ${label}`.padEnd(margin) : ' '.repeat(margin), 'dim'),
    ...each,
  ]);
}

function wrapped(spans: readonly Span[], sign: Span, width: number): Line[] {
  return wrap(spans, width - widthOf([sign]) - 1);
}
