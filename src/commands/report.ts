import { homedir, release } from 'node:os';
import { containerdInUse, topChainId } from '../../lessons/facts/containerd.ts';
import { lessons } from '../../lessons/index.ts';
import { labCases } from '../../lessons/lab/index.ts';
import { digestNames } from '../../lessons/rebuild.ts';
import { readings } from '../engine/fact.ts';
import { dealt } from '../engine/lab/deal.ts';
import { labRecords } from '../engine/lab/record.ts';
import { type Observation, openObservation } from '../engine/observation.ts';
import { factsOfQuiz, quizOf } from '../engine/quiz.ts';
import { factsIn } from '../engine/text.ts';
import { Exit, TourError } from '../errors.ts';
import { currentUser } from '../host/current-user.ts';
import type { Host } from '../host/host.ts';
import { isOurs } from '../host/ownership.ts';
import { thisDistribution } from '../host/preflight/packages.ts';
import { hostArchitecture } from '../host/preflight/tools.ts';
import { type Account, compose, type LabEntry } from '../report/compose.ts';
import { page } from '../report/html.ts';
import { markdown } from '../report/markdown.ts';
import { redact } from '../report/redact.ts';
import { keyInTour } from '../ui/keymap.ts';
import { type Command, textOption } from './command.ts';
import { deliver } from './deliver.ts';
import { openCheckSession, openHostFrom } from './open-session.ts';

export const report: Command = {
  description: `Writes down what was done in this tour: every step with its script, what it printed and what its checks
saw; your predictions and what came of them; the cases of the lab; the pictures and the digests. A FILE that ends in .html
is one page that needs nothing else; any other is Markdown, and so is what is printed without -o.
It can be written at any time before cleanup, which removes what it is made from.

It names the distribution, the kernel and containerd, but neither this machine nor you: paths below
your home directory begin with ~.

  handroll-tour report -o report.html`,
  run: async (args, io) => {
    const host = await openHostFrom(args);
    requireTour(host);
    const { home, user } = { home: homedir(), user: currentUser().name };
    const told = redact(compose(await gatherAccount(host)), { home, user });
    const asPage = /\.html?$/i.test(textOption(args, 'output') ?? '');
    deliver(
      asPage ? page(told) : markdown(told),
      { args, io, workspace: host.workspace },
      { written: (path) => `The report is in ${path}.` },
    );
    return Exit.good;
  },
};

function requireTour({ workspace }: Host): void {
  if (isOurs(workspace)) return;
  throw new TourError(`There is no tour in ${workspace.dir} to report on.`, {
    hint: 'Write the report before cleanup removes the tour. Another directory: --workdir DIR.',
  });
}

/** Checks everything again for the report, then closes the host. */
async function gatherAccount(host: Host): Promise<Account> {
  const { session, progress } = openCheckSession(host);
  try {
    session.dispatch({ type: 'survey' });
    await session.settled();
    const observation = openObservation(host, progress);
    const known = await knownFacts(observation);
    return {
      state: session.getSnapshot(),
      known,
      whole: '09-summary',
      digests: await Promise.all(
        [...digestNames, topChainId].map(
          async (fact) => [fact.what, await observation.get(fact).catch(() => undefined)] as const,
        ),
      ),
      machine: [
        ['System', thisDistribution().name],
        ['Kernel', `Linux ${release()}`],
        ['Architecture', hostArchitecture()],
        ['containerd', known.get(containerdInUse.id) ?? 'does not answer now'],
        ['Performed as', host.privilege],
      ],
      lab: openedCases(host),
      scriptOf: session.scriptOf,
      keyName: keyInTour,
      at: new Date(),
    };
  } finally {
    await session.close();
  }
}

function openedCases({ workspace }: Host): LabEntry[] {
  const records = labRecords(workspace);
  return dealt(labCases).flatMap(({ id, title, prediction }) => {
    const solved = records.solved(id);
    const record = records.read(id);
    if (solved === undefined && record === undefined) return [];
    const { choice, printed } = record ?? {};
    const right = printed && prediction?.answer(printed);
    const predicted = choice === undefined || right === undefined ? undefined : choice === right;
    const hints = (solved ?? record)?.hints ?? 0;
    return [{ id, title, minutes: solved?.minutes, hints, predicted }];
  });
}

/** All known facts of the lessons; the remembered value of those that can't be read any more. */
function knownFacts(observation: Observation): Promise<Map<string, string>> {
  const facts = lessons.flatMap(({ intro, picture, steps }) => [
    ...factsIn(intro, picture?.drawing),
    ...steps.flatMap(({ why, goal, notice, fieldNote }) =>
      factsIn(why, goal, notice, fieldNote?.text),
    ),
  ]);
  return readings(
    [containerdInUse, ...facts, ...factsOfQuiz(quizOf(lessons))],
    observation,
    ({ id }) => observation.progress.remembered(id),
  );
}
