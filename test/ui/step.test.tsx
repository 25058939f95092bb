import { describe, expect, test, vi } from 'vitest';
import { blocked, fail, pass } from '../../src/engine/check.ts';
import { fact } from '../../src/engine/fact.ts';
import { sh } from '../../src/engine/script.ts';
import { picture, text, wide } from '../../src/engine/text.ts';
import { keys, screen } from '../helpers/screen.tsx';
import { aCheck, aLesson, aStep } from '../helpers/small-tour.ts';
import { themes } from '../helpers/themes.ts';

/** A machine with one file on it, which the tests change. */
const machine = { digest: undefined as string | undefined, hidden: false };

const digest = fact('digest', {
  what: 'the Digest of base',
  from: '03-layers/compress',
  variable: 'BASE_DIGEST',
  prefix: 'sha256:',
  read: async () => machine.digest,
});

const compress = aStep('compress', {
  title: 'Compress the tar, and keep the clock out',
  why: text`The compressed file is another file, so it has another hash: its *Digest*. \`gzip\` writes
    the time into its header unless told otherwise.`,
  script: sh`gzip -n -k -f "$WORKDIR/base-layer.tar"`,
  predict: {
    question: 'Run this twice, a second apart. Same Digest both times?',
    choices: ['yes, same input', 'no'],
    ask: async () => ({ right: 0, said: '5c1d90e2… and then 5c1d90e2….' }),
  },
  expect: text`No output: gzip says nothing when all is well.`,
  checks: [
    aCheck('unpacks', {
      says: 'base-layer.tar.gz unpacks to the very same tar',
      observe: async () =>
        machine.digest === undefined
          ? fail({ expected: 'DiffID 3ac23f1d…', actual: 'no such file', hint: 'Compress *base*.' })
          : pass('DiffID 3ac23f1d…'),
    }),
    aCheck('header', {
      says: 'its header carries no name and no time',
      observe: async () =>
        machine.hidden
          ? blocked('EACCES: permission denied')
          : machine.digest === undefined
            ? fail({ expected: '1f 8b', actual: 'nothing', hint: 'There is no file yet.' })
            : pass('1f 8b 08 00 00000000'),
    }),
  ],
  notice: text`This layer is ${digest} from now on.`,
  fieldNote: { title: 'The article has no -n', text: text`It gets another Digest every second.` },
  hint: text`\`gzip -h\` lists its options.`,
});

const put = aStep('put', {
  title: 'Put it under its name',
  script: sh`
    # under its own hash
    cp "$WORKDIR/base-layer.tar.gz" "$WORKDIR/oci/blobs/sha256/$BASE_DIGEST"
    ls "$WORKDIR/oci/blobs/sha256"
  `,
  uses: [digest],
  visit: { label: 'step inside', leave: 'exit leaves it.', script: sh`true` },
});

const layers = aLesson('03-layers', [compress, put], {
  title: 'Layers: tar, gzip, two hashes',
  intro: text`A layer is an archive that goes by two names.`,
  picture: {
    drawing: picture`
      base.tar ─► base.tar.gz
                  Digest ${wide(digest, 9)}
    `,
    alt: 'The tar becomes a compressed tar, whose hash is the Digest.',
  },
});
const layout = aLesson('04-layout', [aStep('index')], { title: 'The OCI layout' });

async function tour(options: Partial<Parameters<typeof screen>[0]> = {}) {
  machine.digest = undefined;
  machine.hidden = false;
  const it = screen({ lessons: [layers, layout], ...options });
  await it.open('03-layers/compress');
  return it;
}

/** What the script would have done on a real machine. */
async function compressed(it: Awaited<ReturnType<typeof tour>>) {
  const script = await it.script();
  machine.digest = '5c1d90e2…';
  script.end();
}

/** Runs the step, which passes. */
async function passed(it: Awaited<ReturnType<typeof tour>>) {
  it.press('r');
  await compressed(it);
  await it.sees('↵ go on');
}

describe('a step at 80x24', () => {
  test('ready: why, the script, the question, what to expect, what will be checked', async () => {
    const it = await tour();
    await it.sees('1-2 predict');
    await expect([...it.frame(), ''].join('\n')).toMatchFileSnapshot('frames/step.txt');
  });

  test('the checks to come may be out of view when it is run', async () => {
    const checks = Array.from({ length: 20 }, (_, at) => aCheck(`check-${at + 1}`));
    const [first, ...others] = checks;
    if (first === undefined) throw new Error('no check');
    const many = aLesson('03-layers', [aStep('compress', { checks: [first, ...others] })]);
    const it = await tour({ lessons: [many] });
    await it.sees('↵ run it');
    expect(it.frame().join()).toMatch(/check-9 holds.*↓ \d+$/);
    expect(it.frame().join()).not.toContain('check-20 holds');
  });

  test('a choice is marked, and can be changed', async () => {
    const it = await tour();
    it.press('2');
    await it.sees('▸ 2 no');
    it.press('1');
    await it.sees('▸ 1 yes, same input');
    expect(it.frame().join()).not.toContain('▸ 2');
  });

  test('running, passing, going on: Enter, and one thing each time', async () => {
    const it = await tour({ size: { columns: 80, rows: 18 } });
    await it.sees('↵ run it');
    it.press('2');
    await it.sees('▸ 2 no');
    expect(it.scripts).toHaveLength(0);

    it.press(keys.enter);
    await it.sees('esc cancel');
    await it.sees(/running$/m);
    await vi.waitFor(() => expect(it.scripts).toHaveLength(1));
    expect(it.scripts.map(({ text }) => text)).toEqual(['gzip -n -k -f "$WORKDIR/base-layer.tar"']);
    it.press(keys.enter, keys.enter);
    expect(it.scripts).toHaveLength(1);

    await compressed(it);
    await it.sees('✔ its header carries no name');
    await it.sees('↵ go on');
    const frame = it.frame().join('\n');
    expect(frame).toContain(
      ' $ gzip -n -k -f "$WORKDIR/base-layer.tar"                         exit 0, 7 ms',
    );
    expect(frame).toContain(
      ' ✔ base-layer.tar.gz unpacks to the very same tar              DiffID 3ac23f1d…',
    );
    expect(frame).toContain(
      ' ? You said "no". The answer is "yes, same input". 5c1d90e2… and then',
    );
    expect(frame).toContain(' This layer is 5c1d90e2… from now on.');
    expect(frame).toContain(
      ' Field note. The article has no -n\n   It gets another Digest every second.',
    );

    it.press(keys.enter);
    await it.sees('step 2 of 2');
    await it.sees('Put it under its name');
    await it.sees('In the script $BASE_DIGEST is sha256:5c1d90e2…');
    expect(it.frame().join()).not.toContain('A layer is an archive');
  });

  test('a value of something that has ended is told as one that comes and goes', async () => {
    const gone = { from: 'one/look', read: async () => undefined };
    const uses = [
      fact('process', { what: 'its process', variable: 'PROC', knownWhile: 'demo runs', ...gone }),
      fact('other', { what: 'the other', variable: 'OTHER', ...gone }),
    ];
    const it = screen({ lessons: [aLesson('one', [aStep('look', { uses })])] });
    await it.open('one/look');
    await it.sees('In the script $PROC is known while demo runs and $OTHER is not yet known');
  });

  test('nothing moves on by itself, and going back to look is free', async () => {
    const it = await tour();
    await passed(it);
    it.press(keys.enter);
    await it.sees('Put it under its name');
    it.press(keys.right);
    expect(it.session.getSnapshot().at.step.id).toBe('put');
    it.press('b');
    await it.sees('Compress the tar');
    await it.sees('step 1 of 2');
    await it.sees('↵ go on');
    it.press(keys.right);
    await it.sees('Put it under its name');
    expect(it.scripts).toHaveLength(1);
  });

  test('failed: the very mistake, nothing lost, and again', async () => {
    const it = await tour();
    it.press('r');
    const script = await it.script();
    script.print('gzip: base-layer.tar: No such file or directory\n');
    machine.hidden = true;
    script.end(1);
    await it.sees('↵ run it again');
    const frame = it.frame().join('\n');
    expect(frame).toContain('exit 1, 7 ms\n  │ gzip: base-layer.tar: No such file');
    expect(frame).toContain(
      [
        ' ✖ base-layer.tar.gz unpacks to the very same tar',
        '     expected  DiffID 3ac23f1d…',
        '     found     no such file',
        '     Compress base.',
        ' ▲ its header carries no name and no time',
        '     unseen    EACCES: permission denied',
        '',
        ' Nothing is lost.',
      ].join('\n'),
    );
    machine.hidden = false;
    it.press(keys.enter);
    await compressed(it);
    await it.sees('↵ go on');
    expect(it.frame().join()).not.toContain('✖');
  });

  test('mended elsewhere: checked again, without running anything', async () => {
    const it = await tour();
    it.press('d');
    await it.sees('Checked as it is now:');
    await it.sees('✖ base-layer.tar.gz');
    machine.digest = '5c1d90e2…';
    it.press('d');
    await it.sees('↵ go on');
    expect(it.scripts).toHaveLength(0);
  });

  test('output streams in, and its last lines are in view', async () => {
    const it = await tour();
    it.press('r');
    await it.sees('running');
    const script = await it.script();
    script.print(Array.from({ length: 200 }, (_, at) => `line ${at}\n`).join(''));
    await it.sees('│ line 199');
    await it.sees(/… \d+ more lines/);
    expect(it.frame().join()).not.toContain('✖');
    machine.digest = '5c1d90e2…';
    script.end();
    await it.sees('(o shows all)');
    expect(it.frame().join('\n')).toContain('│ line 0');
    it.press('o');
    await it.sees('all of the output');
    it.press('G');
    await it.sees('│ line 199');
    it.press(keys.escape);
    await it.sees('(o shows all)');
  });

  test('a hint stays in view while one reads', async () => {
    const it = await tour();
    it.press('h');
    await it.sees('Hint 1 of 3. No check holds yet.');
    it.press('G');
    await it.sees('○ its header');
    await it.sees('Hint 1 of 3.');
    it.press(keys.escape);
    await it.loses('Hint');
  });

  test('checked early, the question is still open; once the script ran, it is answered', async () => {
    const it = await tour({ size: { columns: 80, rows: 40 } });
    it.press('d');
    await it.sees('✖ base-layer.tar.gz unpacks');
    await it.sees('? Run this twice');
    expect(it.frame().at(-1)).toContain('1-2 predict');
    it.press('2');
    await it.sees('▸ 2 no');
    it.press('h');
    await it.sees(/Begin with the first that fails:\s+base-layer\.tar\.gz unpacks/);
    it.press('r');
    (await it.script()).end(1);
    await it.sees('↵ run it again');
    expect(it.frame().join('\n')).not.toContain('Run this twice');
    expect(it.frame().at(-1)).not.toContain('predict');
  });

  test('hints are a ladder: what was observed, where to look, the command', async () => {
    const it = await tour();
    it.press('h');
    await it.sees('Hint 1 of 3. No check holds yet. Found: no such file. Compress base.');
    expect(it.frame().at(-1)).toContain('h hint 2 of 3');
    it.press('h');
    await it.sees('Hint 2 of 3. gzip -h lists its options.');
    await it.loses('Hint 1');
    it.press('h');
    await it.sees('Hint 3 of 3. The command. r runs it, or Enter at the end of the page;');
    expect(it.frame().slice(-4)).toEqual(
      expect.arrayContaining(['    gzip -n -k -f "$WORKDIR/base-layer.tar"']),
    );
    expect(it.scripts).toHaveLength(0);
    it.press('h');
    await it.loses('Hint');
  });

  test('a recognised mistake is what was observed, with where it shows and what mends it', async () => {
    const diagnoses = [
      {
        id: 'clock',
        observed: 'bytes 5 to 8 of the header hold a time',
        remedy: 'It was compressed without -n.',
        where: 'head -c 10 base-layer.tar.gz | od -tx1',
        command: 'gzip -n -k -f base-layer.tar',
      },
    ] as const;
    const { session, ...it } = await tour();
    const result = fail({ expected: 'no time', actual: 'a time', hint: 'h', diagnoses });
    session.dispatch({ type: 'check' });
    await it.settled();
    session.dispatch({ type: 'result', index: 1, result });
    it.press('h');
    await it.sees(/Hint 1 of 3\. bytes 5 to 8[^.]*\. It was compressed\s+without -n\./);
    it.press('h');
    await it.sees('    head -c 10 base-layer.tar.gz | od -tx1');
    it.press('h');
    await it.sees('Hint 3 of 3. The command that mends it');
    await it.sees('    gzip -n -k -f base-layer.tar\n');
  });

  test('a long command leaves the page in view; where nothing is missing that is said', async () => {
    const script = sh`
      echo 1
      echo 2
      echo 3
      echo 4
      echo 5
      echo 6
      echo 7
    `;
    const it = screen({ lessons: [aLesson('01-long', [aStep('long', { script })])] });
    await it.open('01-long/long');
    it.press('h');
    await it.sees('Hint 1 of 3. Nothing is missing here: every check holds');
    it.press('hh');
    await it.sees('… 2 more lines, on the page above');
  });

  test('a finished step is read again with its script, its output and its evidence', async () => {
    const it = await tour();
    it.press('2r');
    const script = await it.script();
    machine.digest = '5c1d90e2…';
    for (let at = 0; at < 60; at += 1) script.print(`line ${at}\n`);
    script.end();
    await it.sees('(o shows all)');
    await it.settled();
    it.press(keys.right);
    await it.sees('Put it under');
    await it.settled();
    it.press('b');
    await it.sees('A layer is an archive');
    await it.settled();
    it.press(keys.pageDown);
    await it.sees(/Its script printed +exit 0, 7 ms/);
    it.press('G');
    await it.sees('✔ base-layer.tar.gz unpacks to the very same tar');
    await it.sees('You said "no". The answer is "yes, same input".');
    it.press('o');
    await it.sees('… 20 lines came before these');
    it.press('G');
    await it.sees('│ line 59');
    it.press(keys.enter);
    await it.loses('all of the output');

    machine.digest = undefined;
    it.press('d');
    await it.sees('✖ base-layer');
    it.press('c');
    await it.sees('steps hold');
    it.press(keys.enter);
    await it.sees('something has changed since');
    it.press('G');
    await it.sees('DiffID 3ac23f1d…');
    await it.sees('│ line 59');
    it.press(keys.pageUp);
    await it.sees(/When it passed, at \d\d:\d\d:/);
  });

  test('a look that is asked about first does not give itself away', async () => {
    const predict = {
      question: 'Which one?',
      choices: ['this', 'that'],
      ask: async () => ({ right: 0, said: 'this one' }),
    } as const;
    const asked = aStep('asked', { readOnly: true, predict });
    const plain = aStep('plain', { readOnly: true });
    const it = screen({ lessons: [aLesson('01-look', [asked, plain])] });
    await it.open('01-look/asked');
    await it.sees('○ check holds');
    expect(it.frame().join('\n')).not.toContain('check seen');
    await it.open('01-look/plain');
    await it.sees('check seen');
  });

  test('a lesson that looks back tells what surprised, and what was seen coming', async () => {
    const asking = (id: string, right: number) =>
      aStep(id, {
        predict: {
          question: `What of ${id}?`,
          choices: ['this', 'that'],
          ask: async () => ({ right, said: `Here ${id} was seen.` }),
        },
      });
    const last = aStep('last', { notice: text`That was it.` });
    const lessons = [
      aLesson('01-ask', [asking('one', 0), asking('two', 1), asking('three', 1)]),
      aLesson('09-back', [last], { recap: true }),
    ];
    const it = screen({ lessons });
    for (const [key, choice] of [
      ['one', '1'],
      ['two', '1'],
      ['three', undefined],
    ] as const) {
      await it.open(`01-ask/${key}`);
      if (choice !== undefined) it.press(choice);
      it.press('d');
      await it.sees('↵ go on');
      await it.settled();
    }
    await it.sees('The answer is "that". Here three was seen.');
    await it.open('09-back/last');
    it.press('d');
    await it.sees('That was it.');
    const page = it.frame().join('\n');
    expect(page).toMatch(
      /What surprised you\n {3}What of two\?\n {5}You said "this"\. The answer is "that"\. Here two was seen\.\n/,
    );
    expect(page).toMatch(
      /What you saw coming\n {3}What of one\?\n {5}You said "this", and that's right\. Here one was seen\.\n/,
    );
    expect(page).not.toContain('three');
    it.press(keys.enter);
    await it.sees("That's all there is to an image");
    await it.sees('What surprised you');
  });

  test('g tells the terms of the page, each with what it is on this machine, read only then', async () => {
    const read = vi.fn(async () => machine.digest);
    const own = fact('glossary.digest', { what: 'a digest', from: '03-layers/compress', read });
    const glossary = [
      { term: 'digest', explanation: text`The name of bytes.`, yours: text`Yours is ${own}.` },
      { term: 'snapshot', explanation: text`Not on this page.`, yours: text`It is ${own}.` },
    ];
    const it = await tour({ setting: { glossary } });
    expect(read).not.toHaveBeenCalled();
    it.press('w');
    await it.sees('the terms of this page');
    await it.sees(' digest\n   The name of bytes.\n   Yours is not yet known.');
    expect(it.frame().join('\n')).not.toContain('snapshot');
    expect(it.frame().at(-1)).toContain('↵ back to the step');
    it.press('w');
    await it.loses('the terms of this page');
    machine.digest = '5c1d90e2…';
    it.press('w');
    await it.sees('Yours is 5c1d90e2….');
    expect(read).toHaveBeenCalledTimes(2);
    it.press(keys.escape);
    await it.sees('Compress the tar');
  });

  test('what drifted is said first', async () => {
    const it = await tour();
    await passed(it);
    it.press(keys.enter);
    await it.sees('Put it under');
    machine.digest = undefined;
    it.press('b');
    await it.sees('something has changed since');
    expect(it.frame().slice(2, 5).join('\n')).toMatch(
      /▲ You did this step, .*base-layer\.tar\.gz\n? .*Found: no such file/s,
    );
  });

  test('something to step into, once the step has passed', async () => {
    const it = await tour();
    machine.digest = '5c1d90e2…';
    await it.settled();
    await it.open('03-layers/put');
    it.press('v');
    expect(it.outside).toEqual([]);
    it.press('r');
    (await it.script()).end();
    await it.sees('v step inside');
    it.press('v');
    expect(it.outside).toEqual(['visit']);
  });

  test('what stops a script is said, with what to do about it', async () => {
    const it = await tour();
    await it.open('03-layers/put');
    it.press('r');
    await it.sees('▲ This needs the Digest of base, which is not there.');
    await it.sees('Step 03-layers/compress creates it.');
  });

  test('checks that hold do not hide that the script ended with an error', async () => {
    const it = await tour();
    it.press('r');
    const script = await it.script();
    machine.digest = '5c1d90e2…';
    script.print('gzip: stdout: broken\n');
    script.end(1);
    await it.sees('▲ The checks hold, though the script ended with an error (exit 1). Read what');
    await it.sees(/^ {3}gzip: stdout: broken$/m);
    await it.sees('↵ go on');
  });

  test('y copies the script, or what a hint shows; the news of it stays until the next key', async () => {
    const it = await tour();
    it.press('y');
    expect(it.outside).toEqual(['copy']);
    it.store.change({ ...it.store.getSnapshot().view, news: 'Copied. It is also in `copied.sh`.' });
    await it.sees('✔ Copied. It is also in copied.sh.');
    it.press('h');
    await it.sees('Hint 1 of 3');
    await it.loses('Copied.');
  });

  test('keys for the outside are passed on', async () => {
    const it = await tour();
    it.press('s', keys.ctrlZ, 'q', keys.ctrlC);
    expect(it.outside).toEqual(['shell', 'suspend', 'quit', 'interrupt']);
  });
});

describe('a step at 200x50', () => {
  test('what it is for stands beside what comes of it, and nothing is cut', async () => {
    const it = await tour({ size: { columns: 200, rows: 50 } });
    await it.sees('○ its header');
    await it.sees('↵ run it');
    const row = it.frame().find((line) => line.includes('A layer is an archive'));
    expect(row).toMatch(/^ A layer is an archive that goes by two names\. {30,}base\.tar ─► base/);
    expect(it.frame()[5]).toMatch(/^.{80} \? Run this twice/);
    it.press('r');
    await compressed(it);
    await it.sees('✔ its header');
    expect(it.frame()[3]).toMatch(/^.{80} +Digest 5c1d90e2…$/);
    expect(it.frame()[5]).toMatch(/^.{80} \$ gzip -n .* exit 0, 7 ms$/);
    expect(it.frame().at(-1)).not.toContain('↓');
  });

  test('the picture stays beside every step, and fills in', async () => {
    const it = await tour({ size: { columns: 200, rows: 50 } });
    machine.digest = '5c1d90e2…';
    it.session.dispatch({ type: 'open', key: '03-layers/put', observe: true });
    await it.sees('Digest 5c1d90e2…');
    await it.sees('Put it under its name');
  });
});

describe('other terminals', () => {
  test('without colour the text is the same', async () => {
    const plain = await tour({ theme: themes.plain });
    const colored = await tour();
    await plain.sees('↵ run it');
    await colored.sees('↵ run it');
    expect(plain.frame()).toEqual(colored.frame());
  });

  test('in ASCII every character is', async () => {
    const it = await tour({ theme: themes.ascii });
    it.press('r');
    await compressed(it);
    await it.sees('[+] its header');
    expect(it.frame().join('')).toMatch(/^[ -~]*$/);
    expect(it.frame().join('\n')).toContain('DiffID 3ac23f1d...');
  });

  test('a screen reader hears the step, then only the outcome', async () => {
    const it = await tour({ theme: themes.spoken });
    await it.sees('question: Run this twice');
    await it.sees('whose hash is the Digest.');
    await it.sees('Keys: Enter run it, 1-2 predict');
    it.press(keys.enter);
    await it.sees('Running. Escape cancels it.');
    expect(it.frame()).toHaveLength(2);
    await compressed(it);
    await it.sees('passed: its header carries no name and no time. 1f 8b 08 00 00000000');
    expect(it.frame().join('\n')).not.toContain('question:');
    expect(it.frame().join('\n')).not.toMatch(/[─│▰▱✔]/);
  });
});

describe.each([
  ['at 200x50', { size: { columns: 200, rows: 50 } }, /^ gzip$/m],
  ['without colour', { theme: themes.plain }, /^ gzip$/m],
  ['in ASCII', { theme: themes.ascii }, /^ gzip$/m],
  ['for a voice', { theme: themes.spoken }, /^gzip$/m],
] as const)('hints and the glossary, %s', (_, options, head) => {
  test('are there', async () => {
    const glossary = [{ term: 'gzip', explanation: text`It packs.`, yours: text`To ${digest}.` }];
    const it = await tour({ ...options, setting: { glossary } });
    it.press('h');
    await it.sees('Hint 1 of 3. No check holds yet.');
    it.press('h');
    await it.sees(/Hint 2 of 3\. `?gzip -h/);
    it.press('h');
    await it.sees(/gzip -n -k -f "\$WORKDIR\/base-layer\.tar"\n/);
    it.press('hw');
    await it.sees(head);
    await it.sees('To not yet known.');
    if ('theme' in options && options.theme === themes.ascii) {
      expect(it.frame().join('')).toMatch(/^[ -~]*$/);
    }
    it.press('w');
    await it.sees('Compress the tar');
  });
});

describe('output', () => {
  async function printed(lines: number, code: 0 | 1) {
    const it = await tour();
    it.press('r');
    const script = await it.script();
    if (code === 0) machine.digest = '5c1d90e2…';
    script.print(Array.from({ length: lines }, (_, at) => `line ${at}\n`).join(''));
    script.end(code);
    await it.sees(/↵ (read on|go on|run it again)/);
    await it.settled();
    return it;
  }

  test('is shown whole if it fits on a screen, whether the step passed or failed', async () => {
    for (const code of [0, 1] as const) {
      const it = await printed(19, code);
      it.press(keys.pageUp, keys.pageUp);
      await it.sees('│ line 9');
      expect(it.frame().join('\n')).not.toContain('more lines');
      expect(it.frame().at(-1)).not.toContain('all output');
    }
  });

  test('is cut in its middle if it takes more than that', async () => {
    const it = await printed(24, 0);
    await it.sees(/more lines \(o shows all\)/);
    await it.sees('│ line 0');
    await it.sees('│ line 23');
  });
});

describe('the line for another terminal', () => {
  const command = '. ~/container-demo/.handroll-tour/env';
  const shown = async (id: string, otherTerminal = command) => {
    const lessons = [aLesson(id, [aStep('one')])];
    const it = screen({ lessons, setting: { otherTerminal } });
    await it.open(`${id}/one`);
    await it.sees('step 1 of 1');
    return it.frame().join('\n');
  };

  test('is shown in lesson 0, with the variables that never change', async () => {
    const frame = await shown('00-prerequisites');
    expect(frame).toContain(`\n In another terminal: ${command}\n`);
    expect(frame).toContain('$WORKDIR is /home/ada/container-demo');
    expect(await shown('03-layers')).not.toContain(command);
  });

  test('is never wrapped', async () => {
    const long = `. ~/${'d/'.repeat(25)}.handroll-tour/env`;
    expect(await shown('00-prerequisites', long)).toContain(`\n ${long}\n`);
    const longer = `. ~/${'d/'.repeat(50)}.handroll-tour/env`;
    expect(await shown('00-prerequisites', longer)).not.toContain('d/d/');
  });
});

test("the learner's digests are recognised in output, checks and prose, and o shows the output as it came", async () => {
  const hex = `5c1d90e2${'0'.repeat(52)}beef`;
  const it = await tour({
    ownDigests: async () => new Map([[hex, { name: 'base digest', of: 'base' }]]),
  });
  it.press('r');
  const script = await it.script();
  script.print(`{ "digest": "sha256:${hex}", "size": 3 }\n`);
  machine.digest = '5c1d90e2…';
  script.end();
  await it.sees('│ { "digest": "sha256:5c1d90e2…beef", "size": 3 }  base digest');
  await it.sees('This layer is 5c1d90e2…');
  const blueBright = '\u001b[94m';
  await vi.waitFor(() => {
    expect(it.painted()).toContain(`${blueBright}sha256:5c1d90e2…beef`);
    expect(it.painted()).toContain(`${blueBright}5c1d90e2…`);
  });
  it.press('o');
  await it.sees('all of the output');
  expect(it.frame().join('').replace(/ +┊ /g, '')).toContain(hex);
});
