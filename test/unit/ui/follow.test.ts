import { describe, expect, test } from 'vitest';
import { pass } from '../../../src/engine/check.ts';
import type { Text } from '../../../src/engine/text.ts';
import type { Event, State } from '../../../src/engine/transition.ts';
import { follow } from '../../../src/ui/follow.ts';
import type { Intent } from '../../../src/ui/keymap.ts';
import { layOut } from '../../../src/ui/layout.ts';
import type { NowOpen } from '../../../src/ui/now.ts';
import { firstView, type View } from '../../../src/ui/view.ts';
import { aNow, opening, stateAfter } from '../../helpers/now.ts';
import { aLesson, aStep } from '../../helpers/small-tour.ts';

const long: Text = [Array.from({ length: 40 }, (_, at) => `Paragraph ${at}.`).join('\n\n')];
const one = aLesson('01-one', [aStep('a'), aStep('long', { why: long })]);
const two = aLesson('02-two', [aStep('c')]);
const three = aLesson('11-clean', [aStep('d')], { undoes: true });
const lessons = [one, two, three];

const ready = stateAfter(lessons, opening(one));
const onLong = stateAfter(lessons, opening(one, 1));

function turn(intent: Intent, state: State, view: Partial<View> = {}, rest: Partial<NowOpen> = {}) {
  const now = aNow(state, { view: { ...firstView, ...view }, ...rest });
  return follow(intent, now, layOut(now));
}

describe('what the session is told', () => {
  test.each<[Intent, Event]>([
    ['run', { type: 'run' }],
    ['check', { type: 'recheck' }],
    ['next', { type: 'next' }],
    ['back', { type: 'back' }],
    ['cancel', { type: 'cancel' }],
    ['answer 1', { type: 'answer', choice: 0 }],
    ['answer 4', { type: 'answer', choice: 3 }],
    ['contents', { type: 'survey' }],
  ])('%s', (intent, event) => {
    expect(turn(intent, ready).event).toEqual(event);
  });

  test.each<Intent>(['help', 'hint', 'close', 'line down', 'choose down', 'picture', 'output'])(
    '%s concerns the screen alone',
    (intent) => {
      const { event, outside } = turn(intent, ready);
      expect([event, outside]).toEqual([undefined, undefined]);
    },
  );

  test.each<Intent>([
    'quit',
    'interrupt',
    'suspend',
    'shell',
    'visit',
    'explore',
    'install',
    'unlock',
  ])('%s is for the outside', (intent) => {
    expect(turn(intent, ready)).toMatchObject({ outside: intent, view: firstView });
  });
});

describe('turning the page', () => {
  const elsewhere: Partial<View> = {
    scroll: { page: 'x', top: 3 },
    read: 'x',
    hint: 2,
    acted: true,
    remark: 'something',
  };

  test.each<Intent>(['next', 'back'])('%s begins at the top, with nothing left over', (intent) => {
    expect(turn(intent, ready, elsewhere).view).toEqual(firstView);
  });

  test('running keeps the hint, and looks at the outcome', () => {
    expect(turn('run', ready, elsewhere).view).toEqual({ ...firstView, hint: 2, acted: true });
  });

  test('a screen that is turned to and closed leaves the step where it was', () => {
    const { view } = turn('help', ready, elsewhere);
    expect(turn('close', ready, view).view).toEqual({ ...firstView, ...elsewhere });
  });
});

describe('scrolling', () => {
  const { document, height, page } = layOut(aNow(onLong));
  const last = document.lines.length - height;
  const from = (top: number): Partial<View> => ({ scroll: { page, top } });

  test.each<[Intent, number, number]>([
    ['line down', 0, 1],
    ['line up', 5, 4],
    ['line up', 0, 0],
    ['page down', 0, height - 1],
    ['page up', 30, 31 - height],
    ['top', 30, 0],
    ['bottom', 0, last],
    ['line down', last, last],
  ])('%s from %i', (intent, top, expected) => {
    expect(turn(intent, onLong, from(top)).view.scroll).toEqual({ page, top: expected });
  });

  test('once the end was on the screen, Enter runs, wherever one scrolls to', () => {
    const situation = (view: View) => layOut(aNow(onLong, { view })).situation.unread;
    expect(situation(firstView)).toBe(true);
    const { view: end } = turn('bottom', onLong);
    expect(situation(end)).toBe(false);
    expect(situation(turn('top', onLong, end).view)).toBe(false);
  });

  test('reading on with Enter ends at the end', () => {
    let view = firstView;
    let presses = 0;
    while (layOut(aNow(onLong, { view })).situation.unread) {
      view = turn('read on', onLong, view).view;
      presses += 1;
    }
    expect(view.scroll?.top).toBe(last);
    expect(presses).toBeLessThan(8);
  });

  test('a larger window may leave nothing to scroll', () => {
    const size = { columns: 80, rows: 200 };
    expect(layOut(aNow(onLong, { size, view: { ...firstView, ...from(40) } })).window.top).toBe(0);
  });
});

describe('contents', () => {
  test('opens with the lesson where the machine says one is', () => {
    const passed: Event = {
      type: 'surveyed',
      results: new Map([
        ['01-one/a', [pass('')]],
        ['01-one/long', [pass('')]],
      ]),
    };
    expect(turn('contents', stateAfter(lessons, passed)).view).toMatchObject({
      screen: 'contents',
      cursor: 1,
    });
  });

  test.each<[Intent, number, number]>([
    ['choose down', 0, 1],
    ['choose up', 1, 0],
    ['choose up', 0, 0],
    ['choose down', 2, 2],
  ])('%s from %i', (intent, cursor, expected) => {
    expect(turn(intent, ready, { screen: 'contents', cursor }).view.cursor).toBe(expected);
  });

  test.each([
    ['where one is', 0, '01-one/a'],
    ['cleaning up, always', 2, '11-clean/d'],
  ])('opens %s', (_, cursor, key) => {
    const { event, view } = turn('open', ready, { screen: 'contents', cursor });
    expect(event).toEqual({ type: 'open', key, look: true });
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
    expect(event).toMatchObject({ type: 'perform', errand: { purpose: 'catch up' } });
    expect(view).toMatchObject({ screen: 'step', locked: false, hint: 0 });
  });

  test.each<[Intent, number]>([
    ['catch up', 0],
    ['repair', 1],
    ['carry on', 1],
  ])('%s: nothing, where there is nothing to perform', (intent, cursor) => {
    const { event, view } = turn(intent, ready, { ...contents, cursor });
    expect(event).toBeUndefined();
    expect(view.screen).toBe('contents');
  });

  test('among the steps of a lesson', () => {
    const into = turn('into steps', ready, { ...contents, cursor: 0 }).view;
    const last = turn('choose down', ready, turn('choose down', ready, into).view).view;
    expect(last).toMatchObject({ cursor: 0, stepCursor: 1 });
    expect(turn('catch up', ready, last).event).toMatchObject({ errand: { goal: '01-one/long' } });
    expect(turn('out of steps', ready, last).view.stepCursor).toBeUndefined();
  });
});

describe('without a password', () => {
  const problem = { message: 'sudo', hint: undefined, password: true, exit: 4 } as const;
  const stopped = stateAfter(lessons, opening(one), { type: 'run' }, { type: 'problem', problem });

  test('the step is as it was before', () => {
    expect(layOut(aNow(stopped)).situation.screen).toBe('privilege');
    expect(turn('dismiss', stopped)).toEqual({
      view: firstView,
      event: { type: 'open', key: '01-one/a', look: true },
    });
  });

  test('at the start, the tour goes on with what can be seen', () => {
    expect(turn('dismiss', ready, { locked: true })).toEqual({ view: firstView });
  });
});
