import { expect, test } from 'vitest';
import type { Session } from '../../../src/engine/session.ts';
import type { Event } from '../../../src/engine/update.ts';
import { createTourController } from '../../../src/ui/controller.ts';
import { createStore } from '../../../src/ui/store.ts';
import { firstView } from '../../../src/ui/view.ts';
import { aLesson, aStep } from '../../helpers/small-tour.ts';
import { themes } from '../../helpers/themes.ts';
import { aContext, opening, stateAfter } from '../../helpers/view-model.ts';

const one = aLesson('01-one', [aStep('a'), aStep('b')]);
const size = { columns: 80, rows: 24 };

function keyboard() {
  const events: Event['type'][] = [];
  const outside: string[] = [];
  const store = createStore();
  const state = stateAfter([one], opening(one));
  const session = { getSnapshot: () => state, subscribe: () => () => {} } as unknown as Session;
  store.attach(session, aContext, firstView);
  const press = createTourController({
    store,
    theme: themes.color,
    dispatch: ({ type }) => events.push(type),
    perform: (what) => outside.push(what),
  });
  return {
    store,
    events,
    outside,
    press: (key: string) => press(key, size),
  };
}

test('a key does what the screen says it does', () => {
  const { press, events, outside, store } = keyboard();
  press('h');
  expect(store.getSnapshot().view.hintLevel).toBe(1);
  press('enter');
  press('x');
  press('q');
  expect({ events, outside }).toEqual({ events: ['run'], outside: ['quit'] });
});

test('each of two quick keys sees what the first one did', () => {
  const { press, store } = keyboard();
  press('?');
  press('q');
  expect(store.getSnapshot().view.screen).toBe('step');
});
