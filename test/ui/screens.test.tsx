import { describe, expect, test } from 'vitest';
import { blocked, fail, pass } from '../../src/engine/check.ts';
import { fact } from '../../src/engine/fact.ts';
import { picture, text, wide } from '../../src/engine/text.ts';
import { SudoPasswordNeeded } from '../../src/host/privilege.ts';
import { keys, type ScreenOptions, screen } from '../helpers/screen.tsx';
import { aCheck, aLesson, aStep } from '../helpers/small-tour.ts';
import { themes } from '../helpers/themes.ts';

/** Which checks hold on this machine; a reason is what a check that cannot look says. */
const machine = new Map<string, boolean | string>();

const digest = fact('digest', {
  what: 'the digest',
  from: '01-image/graph',
  read: async () => '609cafe…',
});

function checkOf(id: string) {
  return aCheck(id, {
    ...(id === 'machine' ? { installable: true } : {}),
    observe: async () => {
      const holds = machine.get(id) ?? false;
      if (typeof holds === 'string') return blocked(holds);
      return holds
        ? pass(`${id} seen`)
        : fail({ expected: `${id}.json`, actual: 'not there yet', hint: 'Make it.' });
    },
  });
}

const stepOf = (id: string, title: string) => aStep(id, { title, checks: [checkOf(id)] });

const lessons = [
  aLesson('00-prerequisites', [stepOf('machine', 'The tools'), stepOf('workdir', 'A place')], {
    title: 'Prerequisites',
    intro: text`With tools you have had for years.`,
  }),
  aLesson('01-image', [stepOf('graph', 'Documents that point at documents')], {
    title: 'What is an image?',
    picture: {
      drawing: picture`
        index.json ─► manifest ${wide(digest, 10)} ─► config
      `,
      alt: 'The index points at the manifest.',
    },
  }),
  aLesson('02-trees', [stepOf('base', 'The base'), stepOf('delta', 'The delta')], {
    title: 'Two filesystem trees',
  }),
  aLesson('11-cleanup', [stepOf('gone', 'Off the machine')], { title: 'Clean up', undoes: true }),
];

/** A tour where the machine says one is. */
async function tour(holding: string[], options: Partial<ScreenOptions> = {}) {
  machine.clear();
  for (const id of holding) machine.set(id, true);
  const it = screen({ lessons, ...options });
  await it.does({ type: 'survey' });
  return it;
}

const sizes = [
  ['80x24', { columns: 80, rows: 24 }],
  ['200x50', { columns: 200, rows: 50 }],
] as const;

describe.each(sizes)('at %s', (_, size) => {
  test('the opening is there before anything is known', async () => {
    const it = screen({ lessons, size, wait: true });
    await it.sees('Looking at this machine…');
    expect(it.frame()[0]).toBe(' handroll-tour');
    expect(it.frame().at(-1)).toMatch(/^ q quit ─+$/);
    it.press(keys.enter, 's', 'q');
    expect(it.outside).toEqual(['quit']);
    it.attach();
    await it.sees('step 1 of 2');
    expect(it.outside).toEqual(['quit']);
  });

  test('contents: every lesson by what the machine says, and where one is', async () => {
    const it = await tour(['machine', 'workdir', 'base'], { size });
    await it.open('01-image/graph');
    it.press('c');
    await it.sees('3 of 5 steps hold');
    const lines = it.frame().map((line) => line.slice(0, 60).trimEnd());
    expect(lines.slice(2, 6)).toEqual(
      [
        '   ✔  0  Prerequisites',
        ' ▸ ·  1  What is an image?',
        '   ◐  2  Two filesystem trees            1 of 2: The delta',
        '   · 11  Clean up                        takes everything',
      ].map((line, row) => (row === 3 ? expect.stringContaining('· 11  Clean up') : line)),
    );
    await it.sees('· Documents that point at documents');
    await it.sees('↵ open 1');
    it.press(keys.down);
    await it.sees('It opens once the lessons before it hold.');
    await it.sees('u catch me up to here');
    await it.sees('↵ back to the step');
    it.press(keys.up, keys.up);
    await it.sees('With tools you have had for years.');
    it.press(keys.enter);
    await it.sees('step 1 of 2');
    expect(it.session.getSnapshot().at.step.id).toBe('machine');
  });

  test('help lists every key, and what else there is to know', async () => {
    const it = await tour([], { size });
    it.press('?');
    await it.sees('the obvious next thing: read on, run the script, go on');
    it.press('G');
    await it.sees('. ~/container-demo/.handroll-tour/env');
    await it.sees(/container-demo[\s\S]*spelunking/);
    expect(it.painted()).toContain('file:///home/ada/container-demo');
    it.press('?');
    await it.sees('step 1 of 2');
  });

  test('before sudo asks: which commands, and why', async () => {
    const it = await tour([], { size, view: { locked: true }, setting: { privilege: 'sudo' } });
    await it.sees('sudo wants your password');
    await it.sees(" ctr                 containerd's socket belongs to root (lessons 00 to 08)");
    await it.sees('↵ give sudo the password   esc not now');
    it.press(keys.enter);
    expect(it.outside).toEqual(['unlock']);
    it.press(keys.escape);
    await it.sees('step 1 of 2');
  });

  test('the end says what was done, and Enter leaves', async () => {
    const it = await tour(['machine', 'workdir', 'graph', 'base', 'delta', 'gone'], { size });
    for (const lesson of lessons) {
      for (const step of lesson.steps) {
        await it.open(`${lesson.id}/${step.id}`);
        await it.does({ type: 'check' });
        await it.does({ type: 'next' });
      }
    }
    await it.sees("That's all there is to an image");
    expect(it.frame().filter((line) => line.includes('✔'))).toHaveLength(2);
    await it.sees('/home/ada/container-demo is gone');
    expect(it.painted()).not.toContain('file://');
    expect(it.frame().at(-1)).not.toContain('↓');
    it.press(keys.enter);
    expect(it.outside).toEqual(['quit']);
  });
});

describe('a key pressed while the tour looks at the machine', () => {
  test('counts once it has looked; the last one does', async () => {
    const it = screen({ lessons, wait: true });
    await it.sees('Looking at this machine…');
    it.press('h', '?');
    it.attach();
    await it.sees('the obvious next thing');
  });

  test('unless it would do more than show something', async () => {
    const it = screen({ lessons, wait: true });
    await it.sees('Looking at this machine…');
    it.press('r');
    it.attach();
    await it.sees('step 1 of 2');
    await it.settled();
    expect(it.session.getSnapshot().phase).toBe('ready');
    expect(it.scripts).toEqual([]);
  });

  test('repairs from the contents once what drifted is known', async () => {
    const it = await tour(['machine', 'workdir', 'graph'], {});
    for (const key of ['00-prerequisites/machine', '01-image/graph']) {
      await it.open(key);
      await it.does({ type: 'check' });
      await it.does({ type: 'next' });
    }
    machine.set('graph', false);
    it.press('c', 'f');
    await it.sees('repairing what drifted');
  });
});

describe('contents', () => {
  test('after the cleanup say that it is cleaned up, and offer no repair', async () => {
    const it = await tour(['machine', 'workdir', 'graph', 'base', 'delta', 'gone']);
    for (const lesson of lessons) {
      for (const step of lesson.steps) {
        await it.open(`${lesson.id}/${step.id}`);
        await it.does({ type: 'check' });
        await it.does({ type: 'next' });
      }
    }
    for (const id of ['machine', 'workdir', 'graph', 'base', 'delta']) machine.set(id, false);
    it.press('c');
    await it.sees(/· {2}1 {2}What is an image\? +cleaned up/);
    expect(it.frame()[0]).toMatch(/cleaned up$/);
    expect(it.frame().join('\n')).not.toMatch(/drifted|repair|▲/);
    machine.set('gone', false);
    it.press('c', 'c');
    await it.sees('drifted');
  });

  test('what drifted, and what cannot be seen, with the reason', async () => {
    const it = await tour(['machine', 'workdir', 'graph'], {});
    await it.open('01-image/graph');
    await it.does({ type: 'check' });
    await it.does({ type: 'next' });
    machine.set('graph', false);
    machine.set('base', 'EACCES: permission denied');
    it.press('c');
    await it.sees('▲  1  What is an image?               drifted: graph.json: not there');
    await it.sees('▲  2  Two filesystem trees            cannot be seen: EACCES: permission');
  });

  test('cleaning up is always open', async () => {
    const it = await tour([]);
    it.press('c');
    await it.sees('↵ open 0');
    it.press(keys.down, keys.down, keys.down);
    await it.sees('↵ open 11');
    it.press(keys.enter);
    await it.sees('Off the machine');
  });

  test('in ASCII, and for a voice', async () => {
    const it = await tour(['machine', 'workdir'], { theme: themes.ascii });
    await it.open('01-image/graph');
    it.press('c');
    await it.sees('[+]  0  Prerequisites');
    await it.sees(' > [ ]  1  What is an image?');
    expect(it.frame().join('')).toMatch(/^[ -~]*$/);

    const voice = await tour(['machine', 'workdir'], { theme: themes.spoken });
    await voice.open('01-image/graph');
    voice.press('c');
    await voice.sees('passed:  0  Prerequisites');
    await voice.sees('selected: not yet:  1  What is an image?');
    await voice.sees('Keys: Enter open 1, Up/Down choose');
  });
});

describe('lesson 0', () => {
  test('i installs what is missing', async () => {
    const it = await tour([]);
    await it.open('00-prerequisites/machine');
    await it.sees('i install');
    it.press('i');
    expect(it.outside).toEqual(['install']);
  });

  test('and is not offered where nothing is', async () => {
    const it = await tour(['machine']);
    await it.open('00-prerequisites/machine');
    await it.sees('machine seen');
    expect(it.frame().at(-1)).not.toContain('install');
  });
});

describe('pictures', () => {
  test('p shows the one of the lesson, filled in as far as it is known', async () => {
    const it = await tour(['machine', 'workdir']);
    await it.open('01-image/graph');
    it.press('p');
    await it.sees('index.json ─► manifest 609cafe…   ─► config');
    it.press(keys.escape);
    await it.sees('Documents that point');
  });
});

describe('sudo', () => {
  test('wants a password in the middle: the same screen, and back without one', async () => {
    const it = await tour(['machine'], {
      setting: { privilege: 'sudo' },
      host: { containerd: () => Promise.reject(new SudoPasswordNeeded()) },
    });
    it.session.dispatch({
      type: 'error',
      error: { message: 'sudo wants your password.', hint: undefined, password: true, exit: 4 },
    });
    await it.sees('give sudo the password');
    it.press(keys.escape);
    await it.sees('↵ run it');
  });

  test('without it some things cannot be seen: u asks', async () => {
    const it = await tour([], { setting: { privilege: 'sudo' } });
    machine.set('machine', 'sudo wants your password before this can go on.');
    await it.open('00-prerequisites/machine');
    await it.sees('unseen    sudo wants your password');
    await it.sees('u sudo password');
    it.press('u');
    expect(it.outside).toEqual(['unlock']);
  });
});

describe('a window that changes its size', () => {
  test('too small says so, and the page comes back as it was', async () => {
    const it = await tour(['machine']);
    it.press('h');
    await it.sees('Hint 1 of 3.');
    it.resize({ columns: 59, rows: 24 });
    await it.sees('This window is 59 by 24');
    expect(it.frame().every((line) => line.length < 59)).toBe(true);
    it.resize({ columns: 60, rows: 15 });
    await it.sees('60 by 15');
    expect(it.frame().length).toBeLessThanOrEqual(14);
    it.resize({ columns: 60, rows: 16 });
    await it.sees('step 1 of 2');
    await it.sees('Hint 1 of 3.');
    expect(it.frame()).toHaveLength(15);
  });

  test('every line fits at once', async () => {
    const it = await tour(['machine', 'workdir'], { size: { columns: 200, rows: 50 } });
    it.press('c');
    await it.sees('steps hold');
    for (const columns of [120, 80, 61, 139, 141]) {
      it.resize({ columns, rows: 20 });
      await it.sees(new RegExp(`^ ─{1,${columns - 2}}$`, 'm'));
      expect(Math.max(...it.frame().map((line) => line.length))).toBeLessThan(columns);
      expect(it.frame()).toHaveLength(19);
    }
  });
});

describe('colour', () => {
  const colour = new RegExp(`${String.fromCharCode(27)}\\[3[0-9]m`);

  test.each([
    ['with it', themes.color, true],
    ['with NO_COLOR', themes.plain, false],
    ['on a dumb terminal', themes.dumb, false],
  ])('%s', async (_, theme, colored) => {
    const it = await tour(['machine'], { theme });
    it.press('c');
    await it.sees('steps hold');
    expect(colour.test(it.painted())).toBe(colored);
  });
});

test('two keys in one piece are two keys', async () => {
  const it = await tour([]);
  it.press('hh');
  it.press('ch');
  await it.sees('steps hold');
  expect(it.store.getSnapshot().view.hintLevel).toBe(2);
});

test('the article and paths of the working directory are links', async () => {
  const lesson = aLesson('01-a', [
    aStep('a', { why: ['All is in /home/ada/container-demo/build.'] }),
  ]);
  const it = screen({ lessons: [lesson], view: { screen: 'opening' } });
  await it.sees('anniecherkaev.com');
  const article = 'https://anniecherkaev.com/what-is-a-container-image';
  expect(it.painted()).toContain(`\u001b]8;;${article}\u0007${article}\u001b]8;;\u0007`);
  it.press(keys.enter);
  await it.sees('All is in /home/ada/container-demo/build.');
  expect(it.painted()).toContain('\u001b]8;;file:///home/ada/container-demo/build\u0007/home');
});

describe('search', () => {
  const intro = Array.from({ length: 40 }, (_, at) => `Paragraph ${at}.`).join('\n\n');
  const long = [aLesson('01-long', [aStep('a', { why: [`${intro}\n\nThe needle is here.`] })])];

  test('shows the first match while one types, then the next; Escape goes back', async () => {
    const it = screen({ lessons: long });
    await it.open('01-long/a');
    await it.sees('Paragraph 1.');
    it.press('/');
    await it.sees('↵ stay there');
    it.press('n', 'e', 'e');
    await it.sees('/nee▏');
    await it.sees('The needle is here.');
    expect(it.painted()).toContain('\u001b[7mnee');
    it.press(keys.escape);
    await it.sees('Paragraph 1.');
    it.press('/', 'p', 'h', ' ', '1', '2', keys.enter);
    await it.sees('Paragraph 12.');
    await it.sees('n next');
    it.press(keys.escape);
    await it.loses('n next');
  });

  test('says that there is none, and is not taken for keys', async () => {
    const it = screen({ lessons: long });
    await it.open('01-long/a');
    await it.sees('Paragraph 1.');
    it.press('/', 'q', 's', 'x');
    await it.sees('/qsx▏   not on this page');
    expect(it.outside).toEqual([]);
    it.press(keys.ctrlC);
    expect(it.outside).toEqual(['interrupt']);
  });

  describe('of the whole tour', () => {
    const term = {
      term: 'needle',
      explanation: ['Has an eye and a point.'],
      yours: ['Yours is sharp.'],
    };
    const sewing = [
      aLesson('01-thread', [aStep('a', { title: 'Thread it' }), aStep('b', { title: 'Sew' })]),
      aLesson('02-more', [
        aStep('c', { title: 'Mend', why: ['A small hole. Take another needle for it.'] }),
      ]),
      aLesson('11-clean', [aStep('d')], { undoes: true }),
    ];
    const problems = [
      {
        id: 'rust',
        symptom: 'The needle is rusty.',
        cause: 'Water.',
        remedy: 'Sand.',
        paste: ['sand it'],
      },
    ];
    const searching = async () => {
      const it = screen({ lessons: sewing, setting: { glossary: [term], problems } });
      await it.open('01-thread/a');
      await it.does({ type: 'survey' });
      await it.sees('Thread it');
      return it;
    };

    test('lists the places, and Enter goes to one', async () => {
      const it = await searching();
      it.press('c');
      await it.sees('steps hold');
      it.press('/', 'n', 'e', 'e', 'd');
      await it.sees('/need▏   ↵ 3 places in the tour   esc back');
      it.press(keys.enter);
      await it.sees('▸ glossary: needle');
      await it.sees(/2\.1 Mend +Take another needle for it\./);
      await it.sees(/doctor: rust +The needle is rusty\./);
      expect(it.painted()).toContain('\u001b[7mneed');
      // Reading a term, and back to the list and to where one came from.
      it.press(keys.enter);
      await it.sees('Has an eye and a point.');
      await it.sees('Yours is sharp.');
      await it.sees('1 of 3 places in the tour');
      it.press(keys.escape);
      await it.sees('2.1 Mend');
      it.press('G', keys.enter);
      await it.sees('sand it');
      it.press('b');
      await it.sees('2.1 Mend');
      it.press('g', 'j', keys.enter);
      await it.sees(/^ *2 {2}02-more/m);
      expect(it.painted()).toContain('\u001b[7mneed');
      await it.sees('n next');
    });

    test('a page with the text stays, and offers the list', async () => {
      const it = screen({ lessons: sewing, setting: { glossary: [term], problems } });
      await it.open('02-more/c');
      await it.sees('A small hole');
      it.press('/', 'n', 'e', 'e', 'd');
      await it.sees('/need▏   ↵ stay there   ↓ 3 places in the tour   esc back');
      it.press(keys.down);
      await it.sees('▸ glossary: needle');
      it.press(keys.escape);
      await it.sees('A small hole');
    });

    test('in the list one searches anew', async () => {
      const it = await searching();
      it.press('/', 'n', 'e', 'e', 'd', keys.enter);
      await it.sees('▸ glossary: needle');
      it.press('/', 'r', 'u', 's', 't');
      await it.sees(/▸ doctor: rust +The needle is rusty/);
      await it.loses('glossary: needle');
      it.press('x');
      await it.sees('Nothing in the tour has “rustx” in it.');
    });
  });

  test('in the help leaves the keys that have to do with it', async () => {
    const it = await tour([]);
    it.press('?', '/');
    it.press('c', 'l', 'i', 'p');
    await it.sees('copy the script');
    expect(it.frame().join('\n')).not.toContain('cancel a running script');
  });
});
