import { expect, test } from 'vitest';
import { lessons } from '../../../lessons/index.ts';
import { keyOf, type Place, placesOf } from '../../../src/engine/lesson.ts';
import { textOf } from '../../../src/ui/line.ts';
import { layOut, type ScreenLayout } from '../../../src/ui/screen-layout.ts';
import { updateView } from '../../../src/ui/update-view.ts';
import { firstView } from '../../../src/ui/view.ts';
import { aViewModel, stateAfter } from '../../helpers/view-model.ts';

const asking = placesOf(lessons).filter(({ step }) => step.predict !== undefined);

/** The pages that somebody sees at 80x24 who reads a step with Enter, until it would run. */
function pagesOf(place: Place): ScreenLayout[] {
  const state = stateAfter(lessons, { type: 'open', key: keyOf(place), observe: false });
  const pages: ScreenLayout[] = [];
  let view = firstView;
  for (;;) {
    const model = aViewModel(state, { view });
    const layout = layOut(model);
    pages.push(layout);
    if (!layout.keyContext.unread) return pages;
    view = updateView('read on', model, layout).view;
  }
}

/** The words on a page, wherever its lines end. */
const wordsOf = ({ columns }: ScreenLayout) =>
  columns
    .flatMap(({ lines }) => lines.map(textOf))
    .join(' ')
    .replace(/\s+/g, ' ');

test.each(asking.map((place) => [keyOf(place), place] as const))(
  '%s: the question is seen whole before Enter goes past it',
  (_, place) => {
    const { question = '', choices = [] } = place.step.predict ?? {};
    const wanted = [question, ...choices.map((choice, at) => `${at + 1} ${choice}`)];
    const whole = pagesOf(place).filter((page) =>
      wanted.every((each) => wordsOf(page).includes(each)),
    );
    expect(whole.length).toBeGreaterThan(0);
  },
);
