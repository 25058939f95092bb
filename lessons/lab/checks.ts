import type { LabCheck, LabOutcome } from '../../src/engine/lab/case.ts';
import {
  type ContentSeen,
  differingPaths,
  type ImageContent,
} from '../../src/engine/lab/content.ts';
import type { LabLook, LayoutSeen, Tried } from '../../src/engine/lab/look.ts';
import type { LabRecord, Printed } from '../../src/engine/lab/record.ts';
import { TourError } from '../../src/errors.ts';
import type { Containerd } from '../../src/host/containerd.ts';
import { hostArchitecture } from '../../src/host/preflight/tools.ts';
import { chainIds } from '../../src/oci/chain.ts';
import { isFor } from '../../src/oci/layout/images.ts';
import { counted } from '../../src/text/words.ts';
import { importImage } from './script.ts';

/* Checks that cases share. Their words tell what is still wrong, and not where. */

export const pass = (evidence: string): LabOutcome => ({ status: 'pass', evidence });
export const fail = (actual: string): LabOutcome => ({ status: 'fail', actual });

/** The name that the layout of `good-image.sh` gives the image. */
export const imageName = 'handroll:latest';

/** The layout as it is now; a string says why there is none. */
export async function layoutOf(look: LabLook): Promise<LayoutSeen | string> {
  try {
    return await look.layout();
  } catch (error) {
    // The learner has moved or deleted it, or made it unreadable.
    if (error instanceof TourError) return error.message;
    throw error;
  }
}

/** The last line that a command printed. */
function lastLine({ output, code }: Printed): string {
  return output.trim().split('\n').at(-1) || `exit code ${code}`;
}

function howItEnds(tried: Tried, { printed }: LabRecord): string {
  const last = lastLine(tried);
  return last === lastLine(printed) ? 'it still ends as in the ticket' : `it ends with: ${last}`;
}

/** Whether an import left the image of the layout in containerd, with all its layers unpacked. */
async function wasImported(look: LabLook, tried: Tried): Promise<LabOutcome> {
  const layout = await layoutOf(look);
  if (typeof layout === 'string') return fail(layout);
  if (tried.code !== 0) return fail(howItEnds(tried, look.record));
  return isUnpacked(layout, tried.containerd, 'after an import into an empty namespace, ');
}

/**
 * Whether the image of the layout is in containerd, with all its layers unpacked.
 *
 * @param when what was done before, if that isn't the learner's own doing
 */
async function isUnpacked(
  layout: LayoutSeen,
  containerd: Containerd,
  when = '',
): Promise<LabOutcome> {
  const [images, snapshots] = await Promise.all([containerd.images(), containerd.snapshots()]);
  const digest = images.get(imageName);
  if (digest === undefined) return fail(`${when}there is no image ${imageName}`);
  if (digest !== layout.manifest) return fail(`${imageName} is another image than this layout's`);
  const top = chainIds(layout.content?.diffIds ?? []).at(-1);
  if (top === undefined || !snapshots.some(({ key }) => key === top)) {
    return fail('the image is there, and its layers are not unpacked');
  }
  return pass(`${imageName} is imported and unpacked`);
}

/** The ticket's command is an import, and works. */
export const ticketImports: LabCheck = {
  id: 'command',
  says: "the ticket's command works",
  observe: async (look) => wasImported(look, await look.retry()),
};

/**
 * The ticket's command runs a container.
 *
 * @param expected what it prints once it's mended; nothing that is wrong may match
 * @param told what a last line means that isn't expected
 */
export function ticketPrints(
  says: string,
  expected: RegExp,
  told = (line: string) => `it prints: ${line}`,
): LabCheck {
  return {
    id: 'command',
    says,
    observe: async (look) => {
      const tried = await look.retry();
      if (tried.code !== 0) return fail(howItEnds(tried, look.record));
      return expected.test(tried.output) ? pass('it does') : fail(told(lastLine(tried)));
    },
  };
}

/** The ticket's command is another one, and the image can be imported. */
export const imports: LabCheck = {
  id: 'import',
  says: 'containerd imports the image and unpacks it',
  observe: async (look) => wasImported(look, await look.attempt(importImage)),
};

/** For a case about containers: the mend leaves the image alone. */
export const imageStays: LabCheck = {
  id: 'image',
  says: 'the image is still in containerd, unpacked',
  observe: async (look) => {
    const layout = await layoutOf(look);
    if (typeof layout === 'string') return fail(layout);
    return isUnpacked(layout, await look.containerd());
  },
};

/** A container's name can be used: nothing is left of a container that had it. */
export const isFree = (name: string): LabCheck => ({
  id: 'free',
  says: `nothing is left of the container ${name}`,
  observe: async (look) => {
    const containerd = await look.containerd();
    const [tasks, containers, snapshots] = await Promise.all([
      containerd.tasks(),
      containerd.containers(),
      containerd.snapshots(),
    ]);
    const isLeft =
      tasks.some(({ id }) => id === name) ||
      containers.includes(name) ||
      snapshots.some(({ key }) => key === name);
    return isLeft ? fail(`containerd still has something named ${name}`) : pass('the name is free');
  },
});

/** The ticket's command is `runImage`, and the container starts. */
export const ticketRuns: LabCheck = {
  id: 'command',
  says: "the ticket's command works",
  observe: async (look) => {
    const tried = await look.retry();
    if (tried.code !== 0) return fail(howItEnds(tried, look.record));
    return tried.output.includes(look.record.token)
      ? pass('the container prints what /etc/build-id contains')
      : fail("the container doesn't print what this build's /etc/build-id contains");
  },
};

export const isValid: LabCheck = {
  id: 'valid',
  says: 'every size and hash in the layout is true',
  observe: async (look) => {
    const layout = await layoutOf(look);
    if (typeof layout === 'string') return fail(layout);
    const { count } = layout.violations;
    return count === 0
      ? pass('handroll-tour verify "$OCI_DIR" has no findings')
      : fail(`handroll-tour verify "$OCI_DIR" has ${counted(count, 'finding')}`);
  },
};

const hasSameContent: LabCheck = {
  id: 'content',
  says: 'the image contains what was built: the same files, and the same settings',
  observe: async (look) => {
    const layout = await layoutOf(look);
    if (typeof layout === 'string') return fail(layout);
    const content = contentHere(layout);
    if (typeof content === 'string') return fail(content);
    const here = differs(content, look.record.expected);
    if (here.status !== 'pass') return here;
    const others = Object.entries(look.record.elsewhere ?? {});
    for (const [architecture, expected] of others) {
      if (!layout.elsewhere.has(architecture))
        return fail(`the layout names no image for ${architecture}`);
      const there = layout.elsewhere.get(architecture);
      if (there === undefined) return fail(`for ${architecture}: ${unreadable}`);
      const outcome = differs(there, expected);
      if (outcome.status === 'fail') return fail(`for ${architecture}: ${outcome.actual}`);
    }
    return pass([here.evidence, ...others.map(([name]) => `the same for ${name}`)].join('; '));
  },
};

const unreadable = 'the image cannot be read to its end';

/** What the image for this machine contains; a string says why that isn't known. */
function contentHere({ layers: { image }, content }: LayoutSeen): ContentSeen | string {
  const descriptor = image?.descriptor;
  if (descriptor?.platform !== undefined && !isFor(hostArchitecture(), descriptor)) {
    return 'the layout names no image for this platform';
  }
  return content ?? unreadable;
}

/**
 * The same content, where some paths can be mended in several ways.
 * @param open these may be anything
 * @param options.more there may be other paths in addition
 */
export const hasContentBut = (
  open: readonly string[],
  options: { readonly more: boolean },
): LabCheck => ({
  id: 'content',
  says: `the image contains what was built, whatever ${open.join(' and ')} may be`,
  observe: async (look) => {
    const layout = await layoutOf(look);
    if (typeof layout === 'string') return fail(layout);
    const content = contentHere(layout);
    if (typeof content === 'string') return fail(content);
    const { expected } = look.record;
    const known = new Set(expected.tree.map(pathOf));
    const matters = (line: string) =>
      !open.includes(pathOf(line)) && (known.has(pathOf(line)) || !options.more);
    return differs(
      { ...content, tree: content.tree.filter(matters) },
      { ...expected, tree: expected.tree.filter((line) => !open.includes(pathOf(line))) },
      'other path',
    );
  },
});

const pathOf = (line: string) => line.slice(0, line.indexOf(' '));

/**
 * Compares what an image contains with what was built.
 * @param compared what is counted: paths, or the paths that remain once some are left out
 */
export function differs(
  content: ImageContent,
  expected: ImageContent,
  compared = 'path',
): LabOutcome {
  const differing = differingPaths(content.tree, expected.tree).length;
  if (differing > 0) {
    const verb = differing === 1 ? 'differs' : 'differ';
    return fail(`${counted(differing, compared)} in its tree ${verb} from what was built`);
  }
  if (content.config !== expected.config) return fail('its settings are not those that were built');
  return pass(`${counted(content.tree.length, compared)}, and the settings of its config`);
}

/** What a mended image always has to be: valid, and the same as before. */
export const sameImage: readonly [LabCheck, LabCheck] = [isValid, hasSameContent];
