import { type Fault, fail, type Outcome, pass } from '../src/engine/check.ts';
import { type Fact, fact } from '../src/engine/fact.ts';
import { type Look, NotYet } from '../src/engine/look.ts';
import { sh } from '../src/engine/script.ts';
import { elevated, type Privilege } from '../src/host/privilege.ts';
import type { Digest } from '../src/oci/digest.ts';
import type { LayerEntry } from '../src/oci/layer.ts';
import { whiteoutFormOf } from '../src/oci/whiteout.ts';
import {
  containerName,
  importedName,
  type LayerName,
  layerNames,
  otherNamespaces,
  taggedName,
  whiteoutChoice,
  whiteoutInWords,
  whiteoutReason,
} from './facts.ts';

/** Second witnesses: what the learner's own tools say of the facts that our code read. */

/**
 * The digest that `sha256sum` finds; empty if it fails.
 * @param among asked for in one call, of which there is one however many of them are wanted
 */
export async function sumByTool(look: Look, path: string, among = [path]): Promise<Digest> {
  const line = await lineAbout(look, path, among, 'sha256sum', '--');
  return line === '' ? '' : `sha256:${line.split(' ')[0]}`;
}

/** The size in bytes that `stat` finds; empty if it fails. */
export function sizeByTool(look: Look, path: string, among = [path]): Promise<string> {
  return lineAbout(look, path, among, 'stat', '-c', '%s', '--');
}

/**
 * What kind of node `stat` finds, by the numbers of its mode and device: its words are translated.
 * @param as whose eyes to look with
 */
export async function nodeByTool(
  look: Look,
  path: string,
  as: Privilege = 'root',
): Promise<string> {
  const argv = elevated(as, ['stat', '-c', '%f %t %T', '--', path]);
  const [mode = '', major = '', minor = ''] = (await look.tool(...argv)).stdout.trim().split(' ');
  const number = (hex: string) => Number.parseInt(hex, 16);
  switch (number(mode) & 0o170000) {
    case 0o020000:
      return `a character device ${number(major)},${number(minor)}`;
    case 0o100000:
      return 'a regular file';
    default:
      return mode === '' ? 'nothing' : `mode ${mode}`;
  }
}

async function lineAbout(look: Look, path: string, among: readonly string[], ...command: string[]) {
  const { stdout } = await look.tool(...command, ...among);
  return stdout.split('\n')[among.indexOf(path)] ?? '';
}

/** The same file of both layers. */
export function ofBoth(look: Look, suffix: '.tar' | '.tar.gz'): string[] {
  return layerNames.map((name) => look.path(`${name}-layer${suffix}`));
}

/** Passes if our own finding and an outside tool's are the same. */
export function agree(ours: string, theirs: string, tool: string, evidence: string): Outcome {
  if (ours === theirs) return pass(`${evidence}, and ${tool} says so too`);
  return fail({
    expected: `${ours} (our own reading)`,
    actual: `${theirs === '' ? 'nothing' : theirs} (${tool})`,
    hint: `Two readings of one file must agree. Is the ${tool} first on your PATH the real one?`,
  });
}

/** Passes if it passes for base and for delta; otherwise says which one does not. */
export async function forBoth(one: (name: LayerName) => Promise<Outcome>): Promise<Outcome> {
  const outcomes = await Promise.all(layerNames.map(one));
  const bad = outcomes.find(({ status }) => status !== 'pass');
  if (bad !== undefined) return bad;
  return pass(
    outcomes.map((outcome) => (outcome.status === 'pass' ? outcome.evidence : '')).join(', '),
  );
}

/** How a check that asks `sha256sum` as well is seen to fail: by another one, first on the PATH. */
export const lyingSum: Fault = {
  name: 'the sha256sum on the PATH lies',
  breaks: sh`
    mkdir -p "$WORKDIR/.handroll-tour/bin"
    printf '#!/bin/sh\necho 0000 -\n' >"$WORKDIR/.handroll-tour/bin/sha256sum"
    chmod +x "$WORKDIR/.handroll-tour/bin/sha256sum"
  `,
  mends: sh`rm "$WORKDIR/.handroll-tour/bin/sha256sum"`,
  says: /sha256:0000 \(sha256sum\)/,
};

/** Passes if the delta's whiteout is there, in a form that containerd will act on here. */
export async function takesAway(
  look: Look,
  entry: LayerEntry | undefined,
  hint: string,
): Promise<Outcome> {
  const wanted = await look.need(whiteoutChoice);
  const expected =
    wanted === 'file'
      ? `data/.wh.config.txt, ${whiteoutInWords.file}`
      : `data/.wh.config.txt, ${whiteoutInWords.device} or ${whiteoutInWords.file}`;
  const found = entry && whiteoutFormOf(entry);
  if (entry === undefined || found === undefined) {
    return fail({ expected, actual: entry === undefined ? 'missing' : asItIs(entry), hint });
  }
  if (found === wanted || found === 'file') return pass(whiteoutInWords[found]);
  return fail({
    expected,
    actual: whiteoutInWords[found],
    hint: `Make it with touch: ${await look.need(whiteoutReason)}.`,
  });
}

function asItIs({ kind, size, major, minor }: LayerEntry): string {
  if (kind === 'character' || kind === 'block') return `a ${kind} device ${major},${minor}`;
  return kind === 'file' ? `a file of ${size} bytes` : `a ${kind}`;
}

interface Census {
  readonly name: string;
}

/** Whether every other namespace holds what it held when the tour began. */
export async function othersUntouched(look: Look): Promise<Outcome> {
  const before = look.progress.remembered(otherNamespaces.id);
  if (before === undefined) {
    throw new NotYet('what the other namespaces held at first', '00-prerequisites/containerd');
  }
  const after = await look.need(otherNamespaces);
  const names = (JSON.parse(after) as Census[]).map(({ name }) => name);
  if (before === after) {
    const there = names.length === 0 ? 'there are none' : `${names.join(', ')}: the same as before`;
    return pass(there);
  }
  const changed = changedBetween(before, after);
  return fail({
    expected: 'other namespaces as they were when the tour began',
    actual: `changed: ${changed.join(', ')}`,
    hint: 'The tour names its own namespace in every command, so this was someone else. If you know who, run 00-prerequisites/containerd again: it looks anew.',
  });
}

function changedBetween(before: string, after: string): string[] {
  const byName = (census: string) =>
    new Map((JSON.parse(census) as Census[]).map((each) => [each.name, JSON.stringify(each)]));
  const old = byName(before);
  const now = byName(after);
  return [...new Set([...old.keys(), ...now.keys()])].filter(
    (name) => old.get(name) !== now.get(name),
  );
}

/** A fact of one lesson only, without a name in the shells. */
export function seenHere<T>(id: string, from: string, read: Fact<T>['read']): Fact<T> {
  return fact<T>(id, { what: id, from, read });
}

/** What is in the tour's namespace and was not made by the tour. */
export async function strangers(look: Look): Promise<string[]> {
  const containerd = await look.containerd();
  if (!(await containerd.namespaces()).includes(containerd.namespace)) return [];
  const images = [...(await containerd.images()).keys()];
  // What is committed is some image's layer; what is not belongs to somebody at work.
  const snapshots = (await containerd.snapshots()).filter(({ kind }) => kind !== 'Committed');
  return [
    ...images.filter((name) => name !== importedName && name !== taggedName),
    ...(await containerd.containers()).filter((name) => name !== containerName),
    ...snapshots.map(({ key }) => key).filter((key) => key !== containerName),
  ];
}
