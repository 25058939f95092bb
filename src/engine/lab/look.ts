import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { TourError } from '../../errors.ts';
import type { Containerd } from '../../host/containerd.ts';
import type { Host } from '../../host/host.ts';
import { claimNamespace, namespaceOwner } from '../../host/namespace.ts';
import { refuseTheirs } from '../../host/ownership.ts';
import { hostArchitecture } from '../../host/preflight/tools.ts';
import { emptyNamespace } from '../../host/removal.ts';
import { Interrupted } from '../../host/shell.ts';
import { decompressed } from '../../oci/compression.ts';
import { isFor } from '../../oci/layout/images.ts';
import { openLayout } from '../../oci/layout/open-layout.ts';
import { type ImageLayers, readLayers } from '../../oci/layout/read-layers.ts';
import { verifyLayout } from '../../oci/verify/verify-layout.ts';
import type { Violations } from '../../oci/verify/violations.ts';
import { exitSignal } from '../../signals.ts';
import { readOnce } from '../observation.ts';
import { render, type Script } from '../script.ts';
import { type ContentSeen, contentOf } from './content.ts';
import { type LabPlace, tryNamespace } from './place.ts';
import type { LabRecord, Printed } from './record.ts';

/** What the images of a layout contain. */
interface Contents {
  /** Of the image for this machine; undefined if it can't be read to its end. */
  readonly content: ContentSeen | undefined;
  /** Of the images for other platforms, by architecture. */
  readonly elsewhere: ReadonlyMap<string, ContentSeen | undefined>;
}

/** The images in a layout, as the bytes there tell. */
export interface LayoutSeen extends Contents {
  /** What `handroll-tour verify` would report. */
  readonly violations: Violations;
  /** Every layer's entries, and the merged tree. */
  readonly layers: ImageLayers;
  /** The digest of the manifest that index.json names. */
  readonly manifest: string | undefined;
}

/** What a script of the lab did in a namespace of its own, which is removed afterwards. */
export interface Tried extends Printed {
  /** Asks about that namespace. */
  readonly containerd: Containerd;
  /**
   * A layout that the script wrote beside its `$IMAGE_TAR`.
   * @throws TourError if it isn't there or can't be read
   */
  layout(name: string): Promise<LayoutSeen>;
}

/** A look at a sandbox: what checks may ask. Everything is read once. */
export interface LabLook {
  readonly host: Host;
  readonly record: LabRecord;
  /** A path in the sandbox, where scripts see it as `$LAB`. */
  path(...parts: string[]): string;
  /** The same as seen from the tour's own mount namespace, for what may be mounted. */
  pathFromOutside(...parts: string[]): string;
  /**
   * `$OCI_DIR`.
   * @throws TourError if it isn't there or can't be read
   */
  layout(): Promise<LayoutSeen>;
  /** The blobs of `$OCI_DIR` that contain a text once they're decompressed, by name. */
  blobsWith(text: string): Promise<string[]>;
  /** The containerd, asked about the lab's namespace. */
  containerd(): Promise<Containerd>;
  /**
   * Runs a script in the sandbox's environment, but with another namespace and another `$IMAGE_TAR`,
   * so that nothing of the learner's is changed.
   */
  attempt(script: Script): Promise<Tried>;
  /** Runs the ticket's command again, in this way. */
  retry(): Promise<Tried>;
}

/** A look, and how to end it. */
interface OpenLook {
  readonly look: LabLook;
  /** Removes what attempts have made. */
  readonly close: () => Promise<void>;
}

let attempts = 0;

export function openLook(symptom: Script, record: LabRecord, place: LabPlace): OpenLook {
  const { host, dir } = place;
  const oci = join(dir, 'oci');
  const { known, once } = readOnce();
  const undo: (() => Promise<void>)[] = [];
  const path = (...parts: string[]) => join(dir, ...parts);

  async function attempt(script: Script): Promise<Tried> {
    const own = host.inNamespace(tryNamespace(place, attempts++));
    const containerd = await own.containerd();
    const directory = join(host.workspace.own, 'lab', own.workspace.namespace);
    undo.push(async () => {
      await clearNamespace(own);
      rmSync(directory, { recursive: true, force: true });
    });
    await claimNamespace(containerd, own.workspace, { lab: true });
    mkdirSync(directory, { recursive: true });
    const variables = {
      ...place.variables,
      CTR_NAMESPACE: own.workspace.namespace,
      IMAGE_TAR: join(directory, 'image.tar'),
    };
    return {
      ...(await runIn({ host: own, ending: place.ending }, script, variables)),
      containerd,
      layout: (name) => once(`${directory} ${name}`, () => readLayout(join(directory, name))),
    };
  }

  const look: LabLook = {
    host,
    record,
    path,
    pathFromOutside: (...parts) => host.pathFromOutside(path(...parts)),
    layout: () => once('layout', () => readLayout(oci)),
    blobsWith: (text) => once(`text ${text}`, () => blobsWith(oci, text)),
    containerd: () => host.containerd(),
    attempt: (script) => once(script, () => attempt(script)),
    retry: () => look.attempt(symptom),
  };
  return {
    look,
    close: async () => {
      await Promise.allSettled(known.values());
      for (const each of undo) await each();
    },
  };
}

/** Mostly there is one image and what belongs to it; otherwise, everything is removed as cleanup does it. */
export async function clearNamespace(host: Host): Promise<void> {
  const containerd = await host.containerd();
  const { whose } = await namespaceOwner(containerd, host.workspace, host.owner);
  if (whose !== 'ours') return;
  const [images, containers] = await Promise.all([containerd.images(), containerd.containers()]);
  if (containers.length === 0) {
    if (images.size > 0) await containerd.ctr('images', 'rm', '--sync', ...images.keys());
    const { code } = await containerd.ctr('namespaces', 'rm', containerd.namespace);
    if (code === 0) return;
  }
  await emptyNamespace(host, () => {});
}

/** A script that takes longer, in milliseconds, hangs: a container may wait for its input forever. */
const longestMs = 60_000;

/** Runs a script of the lab to its end, unless it hangs or we exit. */
export async function runIn(
  { host, ending }: Pick<LabPlace, 'host' | 'ending'>,
  script: Script,
  env: Record<string, string>,
): Promise<Printed> {
  refuseTheirs(host.workspace);
  let output = '';
  const running = host.script(render(script, host), {
    env,
    onOutput: (chunk) => {
      output += chunk;
    },
  });
  const late = AbortSignal.timeout(longestMs);
  const stop = AbortSignal.any([exitSignal, ending.signal, late]);
  stop.addEventListener('abort', running.cancel);
  if (stop.aborted) running.cancel();
  const { code } = await running.ended;
  stop.removeEventListener('abort', running.cancel);
  // What it would have printed isn't known then, so it's no symptom and no attempt.
  if (exitSignal.aborted || ending.signal.aborted) throw new Interrupted();
  if (late.aborted) {
    throw new TourError('A command of the case took more than a minute, and was ended.', {
      hint: 'It may wait for something that never comes; or this machine is very busy.',
    });
  }
  return { code, output };
}

async function readLayout(oci: string): Promise<LayoutSeen> {
  const violations = await verifyLayout(await openLayout(oci));
  const layers = await readFor(hostArchitecture(), oci);
  const manifest = layers.image?.descriptor.digest;
  return { violations, layers, manifest, ...(await contentsOf(oci, layers)) };
}

/** What the images of a layout contain. */
export async function readContents(oci: string): Promise<Contents> {
  return contentsOf(oci, await readFor(hostArchitecture(), oci));
}

const readFor = (architecture: string, oci: string) =>
  readLayers([{ path: oci, name: 'oci' }], architecture);

async function contentsOf(oci: string, layers: ImageLayers): Promise<Contents> {
  const files = await openLayout(oci);
  const elsewhere = new Map<string, ContentSeen | undefined>();
  for (const { descriptor } of layers.images.there) {
    const { architecture = hostArchitecture() } = descriptor.platform ?? {};
    if (architecture === hostArchitecture() || !isFor(architecture, descriptor)) continue;
    if (elsewhere.has(architecture)) continue;
    elsewhere.set(architecture, await contentOf(files, await readFor(architecture, oci)));
  }
  return { content: await contentOf(files, layers), elsewhere };
}

async function blobsWith(oci: string, text: string): Promise<string[]> {
  const files = await openLayout(oci);
  const found: string[] = [];
  for (const name of await files.list('blobs/sha256')) {
    const path = `blobs/sha256/${name}`;
    if ((await files.stat(path))?.kind === 'file' && (await contains(files.read(path), text))) {
      found.push(name);
    }
  }
  return found;
}

async function contains(blob: AsyncIterable<Uint8Array>, text: string): Promise<boolean> {
  const wanted = Buffer.from(text);
  let tail = Buffer.alloc(0);
  try {
    for await (const chunk of decompressed(blob, () => {})) {
      const joined = Buffer.concat([tail, chunk]);
      if (joined.includes(wanted)) return true;
      tail = joined.subarray(Math.max(0, joined.length - wanted.length));
    }
  } catch {
    // A damaged blob contains what could be read of it: `verify` reports that it's damaged.
  }
  return false;
}
