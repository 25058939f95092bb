import { describe, expect, test } from 'vitest';
import { pass } from '../../../src/engine/check.ts';
import type { Text } from '../../../src/engine/text.ts';
import type { Event, State } from '../../../src/engine/update.ts';
import type { Action } from '../../../src/ui/keymap.ts';
import { layOut } from '../../../src/ui/screen-layout.ts';
import { updateView } from '../../../src/ui/update-view.ts';
import { firstView, type View } from '../../../src/ui/view.ts';
import type { TourViewModel } from '../../../src/ui/view-model.ts';
import { aLesson, aStep } from '../../helpers/small-tour.ts';
import { aViewModel, opening, stateAfter } from '../../helpers/view-model.ts';

const long: Text = [Array.from({ length: 40 }, (_, at) => `Paragraph ${at}.`).join('\n\n')];
const one = aLesson('01-one', [aStep('a'), aStep('long', { why: long })]);
const two = aLesson('02-two', [aStep('c')]);
const three = aLesson('11-clean', [aStep('d')], { undoes: true });
const lessons = [one, two, three];

const ready = stateAfter(lessons, opening(one));
const onLong = stateAfter(lessons, opening(one, 1));

function turn(
  action: Action,
  state: State,
  view: Partial<View> = {},
  rest: Partial<TourViewModel> = {},
) {
  const model = aViewModel(state, { view: { ...firstView, ...view }, ...rest });
  return updateView(action, model, layOut(model));
}

describe('what the session is told', () => {
  test.each<[Action, Event]>([
    ['run', { type: 'run' }],
    ['check', { type: 'check' }],
    ['next', { type: 'next' }],
    ['back', { type: 'back' }],
    ['cancel', { type: 'cancel' }],
    ['answer 1', { type: 'answer', choice: 0 }],
    ['answer 4', { type: 'answer', choice: 3 }],
    ['contents', { type: 'survey' }],
    ['solution', { type: 'show solution' }],
    ['quiz', { type: 'open quiz' }],
    ['choose 3', { type: 'answer quiz', position: 2 }],
    ['next question', { type: 'next question' }],
  ])('%s', (action, event) => {
    expect(turn(action, ready).event).toEqual(event);
  });

  test.each<Action>(['help', 'hint', 'close', 'line down', 'choose down', 'picture', 'output'])(
    '%s concerns the screen alone',
    (action) => {
      const { event, effect } = turn(action, ready);
      expect([event, effect]).toEqual([undefined, undefined]);
    },
  );

  test.each<Action>([
    'quit',
    'interrupt',
    'suspend',
    'shell',
    'visit',
    'explore',
    'install',
    'unlock',
  ])('%s is for the outside', (action) => {
    expect(turn(action, ready)).toMatchObject({ effect: action, view: firstView });
  });
});

describe('turning the page', () => {
  const elsewhere: Partial<View> = {
    scroll: { page: 'x', top: 3 },
    readToEnd: new Set(['x']),
    hintLevel: 2,
    acted: true,
    remark: 'something',
  };

  test.each<Action>(['next', 'back'])('%s begins at the top, with nothing left over', (action) => {
    expect(turn(action, ready, elsewhere).view).toEqual(firstView);
  });

  test('running keeps the hint, and looks at the outcome', () => {
    expect(turn('run', ready, elsewhere).view).toEqual({ ...firstView, hintLevel: 2, acted: true });
  });

  test('the solution begins where it is, with nothing left over', () => {
    expect(turn('solution', ready, elsewhere).view).toEqual(firstView);
  });

  test('a screen that is turned to and closed leaves the step where it was', () => {
    const { view } = turn('help', ready, elsewhere);
    expect(turn('close', ready, view).view).toEqual({ ...firstView, ...elsewhere });
  });
});

describe('scrolling', () => {
  const { document, height, page } = layOut(aViewModel(onLong));
  const last = document.lines.length - height;
  const from = (top: number): Partial<View> => ({ scroll: { page, top } });

  test.each<[Action, number, number]>([
    ['line down', 0, 1],
    ['line up', 5, 4],
    ['line up', 0, 0],
    ['page down', 0, height - 1],
    ['page up', 30, 31 - height],
    ['top', 30, 0],
    ['bottom', 0, last],
    ['line down', last, last],
  ])('%s from %i', (action, top, expected) => {
    expect(turn(action, onLong, from(top)).view.scroll).toEqual({ page, top: expected });
  });

  test('once the end was on the screen, Enter runs, wherever one scrolls to', () => {
    const situation = (view: View) => layOut(aViewModel(onLong, { view })).keyContext.unread;
    expect(situation(firstView)).toBe(true);
    const { view: end } = turn('bottom', onLong);
    expect(situation(end)).toBe(false);
    expect(situation(turn('top', onLong, end).view)).toBe(false);
  });

  test('a hint that covers the end of a page that was read leaves it read', () => {
    const { view: end } = turn('bottom', onLong);
    const { view } = turn('hint', onLong, { ...end, scroll: undefined });
    expect(layOut(aViewModel(onLong, { view })).keyContext.unread).toBe(false);
    const { view: unread } = turn('hint', onLong);
    expect(layOut(aViewModel(onLong, { view: unread })).keyContext.unread).toBe(true);
  });

  test('the quiz leaves the page that it was opened from read', () => {
    const { view: end } = turn('bottom', onLong);
    const { view: quiz } = turn('quiz', onLong, end);
    const { view } = turn('close', onLong, turn('choose 1', onLong, quiz).view);
    expect(layOut(aViewModel(onLong, { view })).keyContext.unread).toBe(false);
  });

  test('reading on with Enter ends at the end', () => {
    let view = firstView;
    let presses = 0;
    while (layOut(aViewModel(onLong, { view })).keyContext.unread) {
      view = turn('read on', onLong, view).view;
      presses += 1;
    }
    expect(view.scroll?.top).toBe(last);
    expect(presses).toBeLessThan(8);
  });

  test('a larger window may leave nothing to scroll', () => {
    const size = { columns: 80, rows: 200 };
    expect(
      layOut(aViewModel(onLong, { size, view: { ...firstView, ...from(40) } })).window.top,
    ).toBe(0);
  });
});

describe('contents', () => {
  test('opens with the lesson that one is in, whatever holds', () => {
    const passed: Event = {
      type: 'surveyed',
      results: new Map([
        ['01-one/a', [pass('')]],
        ['01-one/long', [pass('')]],
      ]),
    };
    const { view } = turn('contents', stateAfter(lessons, passed));
    expect(view).toMatchObject({ screen: 'contents', cursor: 0 });
    const inTwo: Event = { type: 'open', key: '02-two/c', observe: false };
    expect(turn('contents', stateAfter(lessons, inTwo)).view.cursor).toBe(1);
  });

  test.each<[Action, number, number]>([
    ['choose down', 0, 1],
    ['choose up', 1, 0],
    ['choose up', 0, 0],
    ['choose down', 2, 2],
  ])('%s from %i', (action, cursor, expected) => {
    expect(turn(action, ready, { screen: 'contents', cursor }).view.cursor).toBe(expected);
  });

  test.each([
    ['where one is', 0, '01-one/a'],
    ['cleaning up, always', 2, '11-clean/d'],
  ])('opens %s', (_, cursor, key) => {
    const { event, view } = turn('open', ready, { screen: 'contents', cursor });
    expect(event).toEqual({ type: 'open', key, observe: true });
    expect(view.screen).toBe('step');
  });

  test('does not open what is too early', () => {
    const { event, view } = turn('open', ready, { screen: 'contents', cursor: 1 });
    expect(event).toBeUndefined();
    expect(view.screen).toBe('contents');
  });
});

describe('what is performed by itself', () => {
  const contents = { screen: 'contents', cursor: 1, locked: true } as const;

  test('leaves the contents, and asks for the password on the way', () => {
    const { event, view } = turn('catch up', ready, contents);
    expect(event).toMatchObject({ type: 'perform', batch: { purpose: 'catch up' } });
    expect(view).toMatchObject({ screen: 'step', locked: false, hintLevel: 0 });
  });

  test.each<[Action, number]>([
    ['catch up', 0],
    ['repair', 1],
    ['carry on', 1],
  ])('%s: nothing, where there is nothing to perform', (action, cursor) => {
    const { event, view } = turn(action, ready, { ...contents, cursor });
    expect(event).toBeUndefined();
    expect(view.screen).toBe('contents');
  });

  test('among the steps of a lesson', () => {
    const into = turn('into steps', ready, { ...contents, cursor: 0 }).view;
    const last = turn('choose down', ready, turn('choose down', ready, into).view).view;
    expect(last).toMatchObject({ cursor: 0, stepCursor: 1 });
    expect(turn('catch up', ready, last).event).toMatchObject({ batch: { goal: '01-one/long' } });
    expect(turn('out of steps', ready, last).view.stepCursor).toBeUndefined();
  });
});

describe('without a password', () => {
  const error = { message: 'sudo', hint: undefined, password: true, exit: 4 } as const;
  const stopped = stateAfter(lessons, opening(one), { type: 'run' }, { type: 'error', error });

  test('the step is as it was before', () => {
    expect(layOut(aViewModel(stopped)).keyContext.screen).toBe('privilege');
    expect(turn('dismiss', stopped)).toEqual({
      view: firstView,
      event: { type: 'open', key: '01-one/a', observe: true },
    });
  });

  test('at the start, the tour goes on with what can be seen', () => {
    expect(turn('dismiss', ready, { locked: true })).toEqual({ view: firstView });
  });
});
