import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceAtomically } from '../../host/replace-atomically.ts';
import { readSmallFile } from '../../host/small-file.ts';
import type { Workspace } from '../../host/workspace.ts';
import { isObject } from '../../oci/verify/shape.ts';
import { counted } from '../../text/words.ts';
import type { ImageContent } from './content.ts';

/** How the ticket's command ended when it was run on this machine. */
export interface Printed {
  readonly code: number;
  /** Standard output and standard error, in the order in which they came. */
  readonly output: string;
}

/** A case that was opened: what the machine can't show. */
export interface LabRecord {
  readonly version: 1;
  /** A random text in the image's files, so that no other image can stand in for it. */
  readonly token: string;
  /** ISO 8601. */
  readonly openedAt: string;
  /** What the ticket's command printed, bounded. */
  readonly printed: Printed;
  /** What the image contained before it was broken. */
  readonly expected: ImageContent;
  /** The same of the images for other platforms, by architecture. */
  readonly elsewhere?: Readonly<Record<string, ImageContent>>;
  /** How many hints were shown since then. */
  readonly hints: number;
  /** The learner's prediction. */
  readonly choice?: number;
  /** When it was mended for the first time, also if it was reset since. */
  readonly solved?: Solved;
}

export interface Solved {
  /** ISO 8601. */
  readonly at: string;
  readonly minutes: number;
  readonly hints: number;
}

/** '4 minutes, with 1 hint' */
export function howSolved({ minutes, hints }: Pick<Solved, 'minutes' | 'hints'>): string {
  const help = hints === 0 ? 'without a hint' : `with ${counted(hints, 'hint')}`;
  return `${counted(minutes, 'minute')}, ${help}`;
}

/** The records of a working directory: one small file for each case. */
export interface LabRecords {
  read(id: string): LabRecord | undefined;
  write(id: string, record: LabRecord): void;
  /** When a case was mended for the first time, even if it isn't open now. */
  solved(id: string): Solved | undefined;
  /** Before a case is prepared again, so that a half-prepared one doesn't count as open. */
  close(id: string): void;
}

/** The most that is kept of what a command printed, in characters. */
const keptCharacters = 8000;

export function labRecords({ own }: Workspace): LabRecords {
  const path = (id: string) => join(own, 'lab', `${id}.json`);
  const stored = (id: string): Partial<LabRecord> => {
    try {
      const value: unknown = JSON.parse(readSmallFile(path(id)));
      return isObject(value) ? value : {};
    } catch {
      return {};
    }
  };
  const store = (id: string, record: Partial<LabRecord>) => {
    mkdirSync(join(own, 'lab'), { recursive: true });
    const text = `${JSON.stringify(record)}\n`;
    replaceAtomically(path(id), (unfinished) => writeFileSync(unfinished, text));
  };
  const solved = (id: string): Solved | undefined => {
    const { solved: found } = stored(id);
    const whole = Number.isFinite(found?.minutes) && Number.isSafeInteger(found?.hints);
    return whole ? found : undefined;
  };
  return {
    read: (id) => {
      const record = stored(id);
      return isWhole(record) ? record : undefined;
    },
    write: (id, record) => {
      const { printed } = record;
      store(id, { ...record, printed: { ...printed, output: bounded(printed.output) } });
    },
    solved,
    close: (id) => {
      const known = solved(id);
      store(id, { version: 1, ...(known === undefined ? {} : { solved: known }) });
    },
  };
}

const bounded = (output: string) => output.slice(-keptCharacters);

/** A damaged record counts as none: the case is then prepared again. */
function isWhole(record: Partial<LabRecord>): record is LabRecord {
  const { version, token, openedAt, printed, expected, hints } = record;
  return (
    version === 1 &&
    typeof token === 'string' &&
    !Number.isNaN(Date.parse(openedAt ?? '')) &&
    typeof printed?.output === 'string' &&
    Array.isArray(expected?.tree) &&
    typeof expected.config === 'string' &&
    Number.isSafeInteger(hints)
  );
}
