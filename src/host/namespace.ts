import { hostname } from 'node:os';
import { join } from 'node:path';
import { TourError } from '../errors.ts';
import { printable } from '../text/printable.ts';
import type { Containerd } from './containerd.ts';
import { userNameOf } from './current-user.ts';
import { noteInMark, readMark } from './ownership.ts';
import { ownDirectory, type Workspace } from './workspace.ts';

/**
 * Which of containerd's things are ours.
 *
 * Other people use the system's containerd too, and may use our namespace or the article's names. So a
 * name proves nothing. The namespace is ours if its labels name this working directory, and an image or
 * a container in it is ours if it has our label. Everything in a private containerd is ours, since no
 * one else can reach it.
 */

const idLabel = 'handroll-tour.id';
const userLabel = 'handroll-tour.user';
const workdirLabel = 'handroll-tour.workdir';
/** A namespace that we made for a case of the lab. Everything in it is ours, whatever its name. */
const labLabel = 'handroll-tour.lab';
/**
 * The label of an image, a container or a snapshot: `ID/NAME`. The name is part of it because
 * `ctr images tag` copies an image's labels, and a container inherits those of its image.
 */
const ownerLabel = 'handroll-tour.owner';

/** A named thing that a script makes or removes. */
export interface ContainerdObject {
  readonly kind: 'image' | 'container';
  readonly name: string;
}

/** Who owns the namespace. */
type NamespaceOwner =
  /** `id` is in the labels of our things in it. */
  | { readonly whose: 'ours'; readonly id: string }
  /** It's empty, so it can become ours. */
  | { readonly whose: 'free'; readonly exists: boolean }
  /** Another tour or another program made its contents. */
  | { readonly whose: 'theirs'; readonly owner: string };

const userHere = (uid: number) => `${uid}@${hostname()}`;

/** Encodes a value: spaces and the like would break the table that `ctr` prints. */
const inLabel = (path: string) => encodeURI(path);

/** @param uid whose the working directory is */
export async function namespaceOwner(
  containerd: Containerd,
  workspace: Workspace,
  uid: number,
): Promise<NamespaceOwner> {
  const mark = readMark(workspace.own);
  if (containerd.mode === 'private') return { whose: 'ours', id: mark?.id ?? 'private' };
  const labels = await containerd.namespaceLabels();
  if (labels === undefined) return { whose: 'free', exists: false };
  const id = labels.get(idLabel);
  if (id === undefined) {
    return (await isEmpty(containerd))
      ? { whose: 'free', exists: true }
      : { whose: 'theirs', owner: 'unknown: it has no mark of a tour' };
  }
  const user = labels.get(userLabel) ?? '';
  const workdir = labels.get(workdirLabel) ?? '';
  // If the directory was deleted by hand, its id is gone with it, and only its path is known.
  const here = user === userHere(uid) && workdir === inLabel(workspace.dir);
  const [number = '', host = ''] = user.split('@');
  // The directory may have been moved, and a laptop's hostname changes with the network. A copy isn't the original.
  const known = id === mark?.id && number === String(uid);
  const isCopy = workdir !== inLabel(workspace.dir) && hasMark(decoded(workdir), id);
  if (here || (known && !isCopy)) return { whose: 'ours', id };
  if (!/^\d+$/.test(number) || workdir === '') {
    return { whose: 'theirs', owner: "unknown: its mark doesn't say whose tour it is" };
  }
  const name = userNameOf(Number(number)) ?? `user ${number}`;
  const elsewhere = host === hostname() ? '' : ` on ${host}`;
  const owner = printable(`the tour of ${name}${elsewhere} in ${decoded(workdir)}`);
  return { whose: 'theirs', owner };
}

const hasMark = (dir: string, id: string) => readMark(join(dir, ownDirectory))?.id === id;

function decoded(text: string): string {
  try {
    return decodeURI(text);
  } catch {
    return text;
  }
}

async function isEmpty(containerd: Containerd): Promise<boolean> {
  const held = await Promise.all([
    containerd.content(),
    containerd.containers(),
    containerd.snapshots(),
    containerd.snapshotsOf('native'),
    containerd.leases(),
    containerd.images().then((images) => [...images.keys()]),
  ]);
  return held.every(({ length }) => length === 0);
}

/**
 * Claims the namespace if it isn't ours yet, before anything is put into it.
 * @returns the id for the labels of our things in it
 * @throws TourError (exit 4) if it belongs to someone else
 */
export async function claimNamespace(
  containerd: Containerd,
  workspace: Workspace,
  options: { readonly lab: boolean } = { lab: false },
): Promise<string> {
  const uid = process.geteuid?.() ?? 0;
  const { namespace } = containerd;
  const found = await namespaceOwner(containerd, workspace, uid);
  if (found.whose === 'ours') return found.id;
  if (found.whose === 'theirs') throw isTheirs(namespace, found.owner);
  const id = readMark(workspace.own)?.id;
  if (id === undefined) throw new Error('a working directory is claimed before its namespace');
  const labels = [
    `${idLabel}=${id}`,
    `${userLabel}=${userHere(uid)}`,
    `${workdirLabel}=${inLabel(workspace.dir)}`,
    ...(options.lab ? [`${labLabel}=1`] : []),
  ];
  const socket = containerd.address;
  noteInMark(workspace, options.lab ? { socket } : { socket, namespace });
  await containerd.ctr('namespaces', found.exists ? 'label' : 'create', namespace, ...labels);
  // Another tour may have claimed it in the meantime.
  const now = await namespaceOwner(containerd, workspace, uid);
  if (now.whose === 'ours') return now.id;
  if (now.whose === 'theirs') {
    if (!options.lab) noteInMark(workspace, { namespace: undefined });
    throw isTheirs(namespace, now.owner);
  }
  throw new TourError(`The namespace ${namespace} could not be labelled as the tour's.`, {
    hint: 'Is there room where containerd keeps its files? See handroll-tour doctor.',
  });
}

function isTheirs(namespace: string, owner: string): TourError {
  return new TourError(`The namespace ${namespace} is in use, and not by this tour.`, {
    hint: `Its owner: ${owner}.\n${otherName(namespace)} Nothing was touched.`,
  });
}

/** The hint when others use the namespace. */
export function otherName(namespace: string): string {
  const name = userNameOf(process.geteuid?.() ?? 0) ?? 'mine';
  const free = /^[A-Za-z0-9]+$/.test(name) ? name : 'mine';
  return `Leave it to them, and take another: handroll-tour --namespace ${namespace}-${free}.`;
}

/** The things that exist and aren't ours. */
export async function unmarkedObjects(
  containerd: Containerd,
  id: string,
  things: readonly ContainerdObject[],
): Promise<ContainerdObject[]> {
  if (containerd.mode === 'private' || things.length === 0) return [];
  const { images, containers } = await held(containerd, id);
  return things.filter(({ kind, name }) => {
    const known = kind === 'image' ? images : containers;
    return known.get(name) === false;
  });
}

/** Containers that don't exist but have a snapshot that isn't ours. */
export async function foreignSnapshots(
  containerd: Containerd,
  id: string,
  things: readonly ContainerdObject[],
): Promise<string[]> {
  const wanted = new Set(things.filter(({ kind }) => kind === 'container').map(({ name }) => name));
  if (containerd.mode === 'private' || wanted.size === 0) return [];
  const { others } = await namespaceContents(containerd, id);
  return others
    .filter(({ kind, name }) => kind === 'snapshot' && wanted.has(name))
    .map(({ name }) => name);
}

/** All images and containers of the namespace, and whether they are ours. */
async function held(containerd: Containerd, id: string) {
  const [images, owners, containers] = await Promise.all([
    containerd.images(),
    containerd.imageLabels(ownerLabel),
    containerd.containers(),
  ]);
  const marks = containers.map((name) => `${id}/${name}`);
  const own = await containerd.containersLabelled(ownerLabel, marks);
  return {
    images: new Map(
      [...images.keys()].map((name) => [name, owners.get(name) === `${id}/${name}`] as const),
    ),
    containers: new Map(containers.map((name) => [name, own.includes(name)] as const)),
  };
}

/** Marks those of these things that exist as ours. */
export async function markOurs(
  containerd: Containerd,
  id: string,
  things: readonly ContainerdObject[],
): Promise<void> {
  if (containerd.mode === 'private') return;
  const missing = await unmarkedObjects(containerd, id, things);
  for (const { kind, name } of missing) {
    await containerd.ctr(`${kind}s`, 'label', name, `${ownerLabel}=${id}/${name}`);
  }
  // A `ctr run` that failed leaves a snapshot with the container's name.
  const snapshots = things.filter(({ kind }) => kind === 'container').map(({ name }) => name);
  const there = new Set((await containerd.snapshots()).map(({ key }) => key));
  for (const name of snapshots.filter((each) => there.has(each))) {
    await containerd.ctr('snapshots', 'label', name, `${ownerLabel}=${id}/${name}`);
  }
}

/** The named contents of a namespace, by owner. */
interface NamespaceContents {
  readonly images: readonly string[];
  readonly containers: readonly string[];
  /** Snapshots without a container, left by a `ctr run` that failed. */
  readonly snapshots: readonly string[];
  /** What the tour did not make. */
  readonly others: readonly ForeignObject[];
}

interface ForeignObject {
  readonly kind: 'image' | 'container' | 'snapshot' | 'content' | 'lease';
  readonly name: string;
}

/** Prefixes of the keys of layers and of short-lived snapshots, made by containerd or by our queries. */
const unnamed = /^(sha256:|extract-|handroll-tour-)/;

/** The name pattern of the lease under which `ctr` imports. */
const leaseOfCtr = /^\d+-[\w-]{4}$/;

const pinned = 'containerd.io/gc.root';

export async function namespaceContents(
  containerd: Containerd,
  id: string,
): Promise<NamespaceContents> {
  const { images, containers } = await held(containerd, id);
  const loose = (await containerd.snapshots())
    .map(({ key }) => key)
    .filter((key) => !unnamed.test(key) && !containers.has(key));
  if (containerd.mode === 'private' || (await isLabs(containerd))) {
    const all = { images: [...images.keys()], containers: [...containers.keys()] };
    return { ...all, snapshots: loose, others: [] };
  }
  const snapshots = new Map<string, boolean>();
  for (const key of loose) {
    const owner = (await containerd.snapshotLabels(key)).get(ownerLabel);
    snapshots.set(key, owner === `${id}/${key}`);
  }
  const leases = (await containerd.leases()).filter((lease) => !leaseOfCtr.test(lease));
  // The tour doesn't use this snapshotter, so named snapshots in it belong to others.
  const native = (await containerd.snapshotsOf('native'))
    .map(({ key }) => key)
    .filter((key) => !unnamed.test(key) && !containers.has(key));
  const others = (kind: ForeignObject['kind'], names: readonly string[]) =>
    names.map((name) => ({ kind, name }));
  return {
    images: pick(images, true),
    containers: pick(containers, true),
    snapshots: pick(snapshots, true),
    others: [
      ...others('image', pick(images, false)),
      ...others('container', pick(containers, false)),
      ...others('snapshot', [...pick(snapshots, false), ...native]),
      ...others('content', await containerd.contentLabelled(pinned)),
      ...others('lease', leases),
    ],
  };
}

/** Whether the namespace was made for a case of the lab, in which a learner may make anything. */
async function isLabs(containerd: Containerd): Promise<boolean> {
  return (await containerd.namespaceLabels())?.has(labLabel) === true;
}

function pick(from: ReadonlyMap<string, boolean>, wanted: boolean): string[] {
  return [...from].filter(([, ours]) => ours === wanted).map(([name]) => name);
}

/** Removes our labels from a namespace in which others still have things. */
export async function disclaimNamespace(containerd: Containerd): Promise<void> {
  const cleared = [idLabel, userLabel, workdirLabel].map((label) => `${label}=`);
  await containerd.ctr('namespaces', 'label', containerd.namespace, ...cleared);
}
