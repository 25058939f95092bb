import { notYetKnown } from '../../engine/text.ts';
import { stepStatus } from '../../engine/update.ts';
import type { Section } from '../document.ts';
import { indented, type Line, marked, span } from '../line.ts';
import { listWidth, readable } from '../measure.ts';
import { lessonPicture } from '../picture.ts';
import { prose } from '../prose.ts';
import { scriptLines } from '../script-lines.ts';
import { firstFailure } from '../step-status.ts';
import { wrap } from '../wrap.ts';
import { goalSections } from './goal.ts';
import { isAboutMachine, isFirst, type StepPage } from './step-page.ts';

/** The step's purpose and script; on a lesson's first page, also its introduction. */
export function purpose(page: StepPage): Section[] {
  const { state, context, theme, width } = page;
  const { lesson, step } = state.at;
  const opening: Section[] = [
    { lines: prose(lesson.intro, state.facts, theme, width) },
    { lines: page.pictured ? [] : lessonPicture(lesson, state.facts, theme, width) },
  ];
  return [
    { lines: driftLines(page) },
    ...(isFirst(page) ? opening : []),
    { lines: isFirst(page) ? wrap([span(step.title, 'title')], width) : [], stop: true },
    { lines: prose(step.why, state.facts, theme, width) },
    ...(step.goal === undefined
      ? [
          {
            lines: scriptLines(context.scriptOf(state.at), theme, width, context.highlight),
            stop: true,
          },
        ]
      : goalSections(page)),
    { lines: givenLines(page) },
  ];
}

/** Says that the step held before. This comes first, because it's why the tour opened here. */
function driftLines({ state, theme, width }: StepPage): Line[] {
  const fresh = state.phase === 'ready' || state.phase === 'observing';
  if (!fresh || stepStatus(state, state.at) !== 'drifted') return [];
  const trouble = firstFailure(state, state.at);
  if (trouble === undefined) return [];
  const told = `You did this step, and something has changed since. No longer true: ${trouble.says}. Found: `;
  const words = wrap([span(told), span(trouble.found, 'live')], readable(width, theme) - 4);
  return marked(span(theme.symbols.warn, 'warn'), words);
}

/** The values that the script gets as variables. Those that never change are shown in lesson 0. */
function givenLines({ state, theme, width, context }: StepPage): Line[] {
  const constants = isAboutMachine(state.at)
    ? [
        span('  WORKDIR=', 'dim'),
        span(context.workdir),
        span('  CTR_NAMESPACE=', 'dim'),
        span(context.namespace),
      ]
    : [];
  const values = (state.at.step.uses ?? []).flatMap(({ id, variable, prefix = '' }) => {
    if (variable === undefined || variable === 'WORKDIR' || variable === 'CTR_NAMESPACE') return [];
    const value = state.facts.get(id);
    const known =
      value === undefined ? span(notYetKnown, 'dim') : span(`${prefix}${value}`, 'live');
    return [span(`  ${variable}=`, 'dim'), known];
  });
  return indented(
    wrap([...constants, ...values], Math.min(width, listWidth) - 3),
    theme.spoken ? 0 : 3,
  );
}
