import type { CheckResult } from '../engine/check.ts';
import type { LabOutcome } from '../engine/lab/case.ts';
import type { CaseStanding } from '../engine/lab/sandbox.ts';
import type { StepStatus } from '../engine/update.ts';
import type { ContainerdMode } from '../host/containerd-mode.ts';
import type { Leftover } from '../host/inventory.ts';
import type { FoundObstacle } from '../host/preflight/find-obstacles.ts';
import type { Prerequisite } from '../host/preflight/tools.ts';
import type { Privilege } from '../host/privilege.ts';
import type { Attributes } from '../oci/attributes.ts';
import type { Consequence, Difference, More } from '../oci/compare/differences.ts';
import type { Digest } from '../oci/digest.ts';
import type { LayerEntry } from '../oci/layer-entry.ts';
import type { HiddenEntry, MergedEntry } from '../oci/tree.ts';
import type { ImageStatus, Violation } from '../oci/verify/violations.ts';
import type { whiteoutOf } from '../oci/whiteout.ts';
import { type Verb, verbNames } from './verbs.ts';

/*
 * The types of the objects that --json prints, one a line. The tables below document them in --help
 * and in the README; a field that is missing there or doesn't exist is a type error.
 */

interface StepLine {
  type: 'step';
  lesson: string;
  step: string;
  title: string;
  standing: StepStatus;
}

interface ListResult {
  type: 'result';
  ok: boolean;
  holds: number;
  steps: number;
  next: string;
}

/** All fields are always present, whatever the status. */
export interface CheckLine {
  type: 'check';
  lesson: string;
  step: string;
  id: string;
  claim: string;
  status: CheckResult['status'];
  expected: string | null;
  actual: string | null;
  hint: string | null;
  evidence: string | null;
  diagnosis: string | null;
}

interface ChecksResult {
  type: 'result';
  ok: boolean;
  passed: number;
  failed: number;
  blocked: number;
}

interface StepStart {
  type: 'step-start';
  lesson: string;
  step: string;
  title: string;
}

interface OutputLine {
  type: 'output';
  lesson: string;
  step: string;
  text: string;
}

interface StepEnd {
  type: 'step-end';
  lesson: string;
  step: string;
  ok: boolean;
  code: number | null;
  milliseconds: number | null;
}

interface PrerequisiteLine extends Pick<Prerequisite, 'id' | 'status' | 'detail'> {
  type: 'prerequisite';
  install: string | null;
}

interface ObstacleLine extends FoundObstacle {
  type: 'obstacle';
  remedy: string;
  paste: readonly string[];
}

interface DoctorResult {
  type: 'result';
  ok: boolean;
  containerd: ContainerdMode | null;
  privilege: Privilege | null;
}

interface LeftLine extends Leftover {
  type: 'left';
}

interface CleanupResult {
  type: 'result';
  ok: boolean;
  removed: number;
}

interface FindingLine extends Violation {
  type: 'finding';
}

interface VerifyFinding extends FindingLine {
  remedy?: string;
}

interface FindingNote extends Violation {
  type: 'note';
}

interface ImageLine extends ImageStatus {
  type: 'image';
}

interface VerifyResult {
  type: 'result';
  ok: boolean;
  findings: number;
}

interface EntryLine extends Omit<LayerEntry, 'content'> {
  type: 'entry';
  layer: number;
  whiteout: ReturnType<typeof whiteoutOf> | null;
}

type Attribute = 'kind' | 'mode' | 'uid' | 'gid' | 'mtime' | 'size';

interface MergedLine extends Pick<LayerEntry, Attribute>, Pick<MergedEntry, 'layer' | 'hides'> {
  type: 'merged';
  path: string;
  digest: Digest | undefined;
  major: number | undefined;
  minor: number | undefined;
  xattrs: Attributes | undefined;
  link: string | undefined;
  implied: true | undefined;
}

interface HiddenLine extends Pick<HiddenEntry, 'path' | 'layer' | 'by' | 'how'> {
  type: 'hidden';
  size: number;
}

interface LayersResult {
  type: 'result';
  ok: boolean;
  diffIDs: readonly (Digest | null)[];
  hiddenBytes: number;
  duplicatedBytes: number;
}

interface DifferenceLine extends Difference {
  type: 'difference';
}

interface MoreLine extends More {
  type: 'more';
}

interface ConsequenceLine extends Consequence {
  type: 'consequence';
}

interface DifferenceNote extends Difference {
  type: 'note';
}

interface FindingInLine extends Violation {
  type: 'finding';
  in: 'a' | 'b';
}

interface CompareResult {
  type: 'result';
  ok: boolean;
  differences: number;
  consequences: number;
  findings: number;
  a: readonly string[];
  b: readonly string[];
}

/** A case of the lab in the list. */
interface CaseLine {
  type: 'case';
  id: string;
  title: string;
  level: number;
  after: string;
  standing: CaseStanding;
  unavailable: string | null;
  minutes: number | null;
  hints: number | null;
}

interface TicketLine {
  type: 'ticket';
  id: string;
  title: string;
  from: string;
  text: string;
  command: string;
  output: string;
  directory: string;
  namespace: string;
}

interface LabCheckLine {
  type: 'check';
  case: string;
  id: string;
  says: string;
  status: LabOutcome['status'];
  evidence: string | null;
  actual: string | null;
}

interface LabHintLine {
  type: 'hint';
  number: number;
  of: number;
  text: string;
  command: string | null;
}

interface DebriefLine {
  type: 'debrief';
  was: string;
  find: string;
  field: string;
  issues: readonly string[];
  prevent: string;
}

/** All fields are always present; those that the action has no use for are null. */
interface LabResultLine {
  type: 'result';
  ok: boolean;
  cases: number | null;
  solved: number | null;
  passed: number | null;
  failed: number | null;
  blocked: number | null;
}

/** The last line of a command that couldn't do its work. */
export interface ErrorResult {
  type: 'result';
  ok: false;
  error: string;
  hint: string | null;
  exit: number;
}

interface JsonLines {
  list: StepLine | ListResult;
  run: StepStart | OutputLine | CheckLine | StepEnd | ChecksResult;
  check: CheckLine | ChecksResult;
  doctor: PrerequisiteLine | ObstacleLine | DoctorResult;
  verify: VerifyFinding | FindingNote | ImageLine | VerifyResult;
  layers: EntryLine | MergedLine | HiddenLine | FindingLine | FindingNote | LayersResult;
  compare:
    | DifferenceLine
    | MoreLine
    | ConsequenceLine
    | DifferenceNote
    | FindingInLine
    | CompareResult;
  lab: CaseLine | TicketLine | LabCheckLine | LabHintLine | DebriefLine | LabResultLine;
  cleanup: LeftLine | CleanupResult;
}

export type JsonLine = JsonLines[keyof JsonLines] | ErrorResult;

/** The fields of a line, each with a note; an empty one if the name says it all. */
type Fields<Line> = Record<Exclude<keyof Line, 'type'>, string>;
type Shapes<Line extends { type: string }> = {
  [Type in Line['type']]: Fields<Extract<Line, { type: Type }>>;
};

const place = { lesson: '', step: '' };

const check: Fields<CheckLine> = {
  ...place,
  id: '',
  claim: '',
  status:
    'pass, fail, blocked (it could not be looked at; actual says why) or witnessed (it was seen, and cannot be seen any more: a container that has ended)',
  expected: '',
  actual: '',
  hint: '',
  evidence: '',
  diagnosis: 'the name of a known mistake that was recognised; actual and hint are then about it',
};

const checksResult: Fields<ChecksResult> = { ok: '', passed: '', failed: '', blocked: '' };

const finding: Fields<FindingLine> = {
  rule: '',
  section: 'of the OCI image spec',
  path: 'a file of the layout, with #/… a place in its JSON, or with !… an entry of the archive it is',
  expected: '',
  actual: '',
};

const difference: Fields<DifferenceLine> = {
  where:
    "index.json, manifest, config or layer 0, counted from the bottom, with !… an entry of the layer; of several images, with the image's place in index.json",
  field:
    'a JSON pointer in a document; in a layer kind, name, mode, uid, gid, uname, gname, mtime, link, device, size, content, xattr …, entry (it is in one only), order, format, pax …, header, padding, compression, or gzip time, name, level, system, header, data',
  a: '',
  b: '',
  cause:
    'what a difference usually comes from: build-time, owner, owner-names, permissions, order, names, format, pax, xattrs, sparse, hard-links, content, entries, whiteout, padding, gzip-header, gzip-data, media-type, compression, config-time, time-zone, platform, value or notation',
};

const shapes: { readonly [V in keyof JsonLines]: Shapes<JsonLines[V]> } = {
  list: {
    step: { ...place, title: '', standing: 'holds, not yet, drifted or cannot be seen' },
    result: {
      ok: '',
      holds: '',
      steps: 'how many there are to do, without those of lesson 11, which remove everything',
      next: 'LESSON/STEP',
    },
  },
  run: {
    'step-start': { ...place, title: '' },
    output: { ...place, text: '' },
    check,
    'step-end': {
      ...place,
      ok: '',
      code: "the script's exit code, which decides nothing",
      milliseconds: '',
    },
    result: checksResult,
  },
  check: { check, result: checksResult },
  doctor: {
    prerequisite: { id: '', status: 'ok, missing or wrong', detail: '', install: '' },
    obstacle: {
      id: '',
      stops: 'whether it is in the way, or only good to know',
      seen: '',
      remedy: '',
      paste: 'commands to paste, where there are some',
    },
    result: { ok: '', containerd: '', privilege: '' },
  },
  verify: {
    finding: {
      ...finding,
      remedy: 'a command that makes a layout of it, where it is another kind of image',
    },
    note: finding,
    image: {
      digest: '',
      platform: '',
      status: 'of each of several images: whole, incomplete or absent',
    },
    result: { ok: '', findings: '' },
  },
  layers: {
    entry: {
      layer: 'counted from 0, the bottom',
      name: 'as in the archive',
      path: 'the same cleaned; directories end in a slash',
      kind: 'file, directory, symlink, hardlink, character, block or fifo',
      mode: '',
      uid: '',
      gid: '',
      mtime: '',
      size: '',
      link: '',
      major: '',
      minor: '',
      xattrs: 'extended attributes by name; 0x… in hexadecimal',
      digest: 'of its content; what an entry does not have is left out',
      whiteout: '{"kind","path"}, or null',
    },
    merged: {
      path: '',
      layer: '',
      hides: 'the lower layers that have the path too',
      kind: '',
      mode: '',
      uid: '',
      gid: '',
      mtime: '',
      size: '',
      link: '',
      major: '',
      minor: '',
      xattrs: '',
      digest: '',
      implied: 'no entry names it: it is there because something is in it',
    },
    hidden: {
      path: '',
      layer: '',
      by: 'the layer that hides it',
      how: 'whiteout, opaque, replaced, or duplicate: the same once more, which need not be in the upper layer',
      size: 'the bytes that nothing else shows',
    },
    finding,
    note: finding,
    result: {
      ok: '',
      diffIDs: 'null for a layer that cannot be read',
      hiddenBytes: '',
      duplicatedBytes: '',
    },
  },
  compare: {
    difference,
    more: {
      where: '',
      field: 'of a document: values',
      count: 'how many differ likewise and are left out',
    },
    consequence: { where: '', field: 'a digest or size that follows from another', a: '', b: '' },
    note: difference,
    finding: { in: 'a or b', ...finding },
    result: {
      ok: '',
      differences: '',
      consequences: '',
      findings: '',
      a: 'the digests that its index.json names',
      b: '',
    },
  },
  lab: {
    case: {
      id: '',
      title: '',
      level: 'from 1, easy, to 3',
      after: 'the lesson after which one knows enough for it',
      standing: 'not open, open or solved',
      unavailable: 'why it cannot be had on this machine',
      minutes: 'from opening it until it was first mended',
      hints: 'shown until then',
    },
    ticket: {
      id: '',
      title: '',
      from: '',
      text: '',
      command: '',
      output: 'what the command printed on this machine',
      directory: '',
      namespace: '',
    },
    check: {
      case: '',
      id: '',
      says: '',
      status: 'pass, fail or blocked (actual says why)',
      evidence: '',
      actual: '',
    },
    hint: { number: '', of: '', text: '', command: '' },
    debrief: { was: '', find: '', field: '', issues: 'OWNER/REPOSITORY#NUMBER', prevent: '' },
    result: { ok: '', cases: '', solved: '', passed: '', failed: '', blocked: '' },
  },
  cleanup: {
    left: { kind: '', name: '', owner: 'whose it is, of what the tour did not make' },
    result: { ok: '', removed: '' },
  },
};

const error: Fields<ErrorResult> = { ok: '', error: '', hint: '', exit: '' };

/** The shape of a line: its type, and the names of its fields. */
function shapeOf(type: string, fields: Readonly<Record<string, string>>): string {
  return `{${[`"type":"${type}"`, ...Object.keys(fields).map((name) => `"${name}"`)].join(',')}}`;
}

/** The last line of any command with --json that can't do its work. */
export const errorShape = shapeOf('result', error).replace('"ok"', '"ok":false');

interface DocumentedLines {
  readonly shapes: readonly string[];
  /** Notes on the fields that need one, each field once. */
  readonly notes: readonly (readonly [field: string, note: string])[];
  /** The fields of each type of line. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
}

/** Documents what a command prints with --json; undefined if it has no --json. */
export function documentedLines(verb: Verb): DocumentedLines | undefined {
  const own = Object.entries(shapes).find(([name]) => name === verb)?.[1];
  if (own === undefined) return undefined;
  const lines: [string, Record<string, string>][] = Object.entries(own);
  const notes = new Map<string, string>();
  for (const [, fields] of lines) {
    for (const [field, note] of Object.entries(fields)) {
      if (note !== '' && !notes.has(field)) notes.set(field, note);
    }
  }
  return {
    shapes: lines.map(([type, fields]) => shapeOf(type, fields)),
    notes: [...notes],
    fields: new Map(lines.map(([type, fields]) => [type, Object.keys(fields)])),
  };
}

/** The commands that have --json. */
export const verbsWithJson = verbNames.filter((verb) => documentedLines(verb) !== undefined);
