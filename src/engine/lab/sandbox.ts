import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { TourError } from '../../errors.ts';
import { type Host, neverStarted } from '../../host/host.ts';
import { moreOfLab } from '../../host/lab-namespace.ts';
import { lock } from '../../host/lock.ts';
import { claimNamespace } from '../../host/namespace.ts';
import { claim } from '../../host/ownership.ts';
import { isAnswerOfMachine } from '../diagnosis.ts';
import type { Script } from '../script.ts';
import { isMended, type LabCase, type LabCheck, type LabOutcome, type LabResult } from './case.ts';
import clearDirectory from './clear-directory.sh';
import type { ImageContent } from './content.ts';
import { clearNamespace, type LabLook, openLook, readContents, runIn } from './look.ts';
import { type LabPlace, makings, placeOf } from './place.ts';
import { type LabRecord, type LabRecords, labRecords, type Solved } from './record.ts';

/** How far a learner is with a case. One that was mended and reset counts as solved. */
export type CaseStanding = 'not open' | 'open' | 'solved';

export function standingOf(sandbox: Pick<Sandbox, 'record' | 'solved'>): CaseStanding {
  if (sandbox.solved() !== undefined) return 'solved';
  return sandbox.record() === undefined ? 'not open' : 'open';
}

/** One case on this machine: prepared, looked at and reset. */
export interface Sandbox {
  readonly labCase: LabCase;
  readonly place: LabPlace;
  /** Why the case can't be had here; undefined if it can. */
  readonly unavailable: string | undefined;
  /** Undefined until it's opened. */
  record(): LabRecord | undefined;
  /** When it was first mended. */
  solved(): Solved | undefined;
  /** Prepares the case if it isn't open yet. @throws TourError if it can't be had here */
  open(): Promise<LabRecord>;
  /**
   * Prepares it anew, whatever the learner made of it. Until it's mended, that's the same attempt: time goes
   * on, and the hints stay shown. @throws TourError if it isn't open
   */
  reset(): Promise<LabRecord>;
  /** Runs all checks. The first time that all of them pass is recorded. @throws TourError if it isn't open */
  check(): Promise<readonly LabResult[]>;
  /** Records that one more hint was shown. @returns how many are shown now */
  takeHint(): number;
  /** Records the learner's prediction. */
  predict(choice: number): void;
  /** Ends what is under way, for good. */
  end(): void;
}

/** What a learner has done with a case, other than to it. */
type Attempt = Partial<Pick<LabRecord, 'openedAt' | 'hints' | 'choice'>>;

const attemptIn = ({ openedAt, hints, choice }: LabRecord): Attempt => ({
  openedAt,
  hints,
  ...(choice === undefined ? {} : { choice }),
});

/** @param good builds the good image that all cases begin with */
export function sandboxOf(labCase: LabCase, tour: Host, good: Script): Sandbox {
  const place = placeOf(labCase.id, tour);
  const { workspace } = tour;
  const { id } = labCase;
  const records = labRecords(workspace);
  const unavailable = labCase.unavailable?.(tour);

  const locked = async <T>(work: () => Promise<T>): Promise<T> => {
    claim(workspace);
    mkdirSync(join(workspace.own, 'lab'), { recursive: true });
    const own = join(workspace.own, 'lab');
    const release = lock({ ...workspace, dir: place.dir, own }, 'handroll-tour lab');
    try {
      return await work();
    } finally {
      release();
    }
  };

  /** Whether the case's container has ended with the private containerd, before the case was mended. */
  async function hasEnded(): Promise<boolean> {
    if (labCase.runs !== true || records.solved(id) !== undefined) return false;
    const containerd = await place.host.containerd();
    return containerd.mode === 'private' && (await containerd.tasks()).length === 0;
  }

  /** @param before what is kept of the record, where the case was open before */
  async function prepare(before: Attempt = {}): Promise<LabRecord> {
    if (unavailable !== undefined) throw new TourError(`${id}: ${unavailable}`);
    records.close(id);
    const { host, dir } = place;
    const containerd = await host.containerd();
    const hosts = [host, ...(labCase.namespaces ?? []).map((name) => another(host, name))];
    for (const each of hosts) await clearNamespace(each);
    await clear(place);
    for (const { workspace: own } of hosts) {
      await claimNamespace(containerd.inNamespace(own.namespace), own, { lab: true });
    }
    mkdirSync(dir, { recursive: true });
    const token = randomBytes(8).toString('hex');
    const env = makings(place, token);
    const run = async (script: Script, what: string) => {
      const { code, output } = await runIn(place, script, env);
      if (code === 0) return;
      throw new TourError(`The case ${id} could not be prepared: ${what} failed.`, {
        hint: output.trim().split('\n').slice(-3).join('\n'),
      });
    };
    await run(good, 'building its image');
    if (labCase.adds !== undefined) await run(labCase.adds, 'adding to its image');
    const built = await whatWasBuilt(join(dir, 'oci'));
    await run(labCase.breaks, 'breaking it');
    const printed = await runIn(place, labCase.symptom, place.variables);
    const solved = records.solved(id);
    const record: LabRecord = {
      version: 1,
      token,
      openedAt: new Date().toISOString(),
      printed,
      ...built,
      hints: 0,
      ...before,
      ...(solved === undefined ? {} : { solved }),
    };
    records.write(id, record);
    return record;
  }

  return {
    labCase,
    place,
    unavailable,
    record: () => records.read(id),
    solved: () => records.solved(id),
    open: () =>
      locked(async () => {
        const known = records.read(id);
        if (known === undefined) return prepare();
        return (await hasEnded()) ? prepare(attemptIn(known)) : known;
      }),
    reset: () =>
      locked(() => {
        const known = opened(records, id);
        return prepare(records.solved(id) === undefined ? attemptIn(known) : {});
      }),
    check: async () => {
      const record = opened(records, id);
      if (neverStarted(tour)) throw notOpen(id);
      const { look, close } = openLook(labCase.symptom, record, place);
      try {
        const results = await Promise.all(
          labCase.checks.map(async (check) => ({ check, outcome: await outcomeOf(check, look) })),
        );
        if (isMended(results) && records.solved(id) === undefined) {
          const now = new Date();
          const minutes = (now.getTime() - Date.parse(record.openedAt)) / 60_000;
          // Another process may have recorded a hint in the meantime.
          const { hints } = opened(records, id);
          const solved = { at: now.toISOString(), minutes: Math.max(1, Math.ceil(minutes)), hints };
          records.write(id, { ...opened(records, id), solved });
        }
        return results;
      } finally {
        await close();
      }
    },
    takeHint: () => {
      const record = opened(records, id);
      const hints = Math.min(record.hints + 1, labCase.hints.length);
      records.write(id, { ...record, hints });
      return hints;
    },
    predict: (choice) => records.write(id, { ...opened(records, id), choice }),
    end: () => place.ending.abort(),
  };
}

/** What the images contain that a mended layout has to have again. */
async function whatWasBuilt(oci: string): Promise<Pick<LabRecord, 'expected' | 'elsewhere'>> {
  const { content, elsewhere } = await readContents(oci);
  const others = [...elsewhere].map(([name, each]) => [name, toCompare(each)]);
  return { expected: toCompare(content), elsewhere: Object.fromEntries(others) };
}

/** Checks compare only this: a mended image may have other layers. */
function toCompare(content: ImageContent | undefined): ImageContent {
  if (content === undefined) throw new Error("a good image can't be read");
  const { tree, config } = content;
  return { tree, config };
}

function opened(records: LabRecords, id: string): LabRecord {
  const record = records.read(id);
  if (record === undefined) throw notOpen(id);
  return record;
}

function notOpen(id: string): TourError {
  return new TourError(`The case ${id} isn't open.`, { hint: `Open it: handroll-tour lab ${id}` });
}

async function outcomeOf(check: LabCheck, look: LabLook): Promise<LabOutcome> {
  try {
    return await check.observe(look);
  } catch (error) {
    // Any other error is a bug in the tour.
    if (isAnswerOfMachine(error)) return { status: 'blocked', why: error.message };
    throw error;
  }
}

/** The machine in one more namespace of a case. */
function another(host: Host, name: string): Host {
  return host.inNamespace(moreOfLab(host.workspace.namespace, name));
}

/** Empties the directory of a case. */
async function clear(place: LabPlace): Promise<void> {
  const { dir } = place;
  if (!existsSync(dir)) return;
  if (realpathSync(dir) !== dir) {
    throw new TourError(`${dir} is a link, or in one, so it isn't cleared.`, {
      hint: 'Remove the link, then try again.',
    });
  }
  const { code, output } = await runIn(place, { source: clearDirectory }, place.variables);
  if (code === 0 && (!existsSync(dir) || readdirSync(dir).length === 0)) return;
  throw new TourError(`${dir} could not be cleared.`, {
    hint: output.trim().split('\n').slice(-3).join('\n'),
  });
}
