import { Exit, TourError } from '../errors.ts';
import type { LayoutFiles } from '../oci/layout/layout-files.ts';
import { openImage } from '../oci/layout/open-layout.ts';
import { reportForeign } from '../oci/verify/foreign.ts';
import { type DocumentKind, documentKinds, verifyDocument } from '../oci/verify/verify-document.ts';
import { verifyLayout } from '../oci/verify/verify-layout.ts';
import { type ImageStatus, type Violation, Violations } from '../oci/verify/violations.ts';
import { printable } from '../text/printable.ts';
import type { Arguments, Command, Io } from './command.ts';
import { openSources, sourceUsage } from './image-source.ts';
import { tellReading } from './progress-line.ts';

export const verify: Command = {
  description: `Verifies an OCI image layout, or a single document, against the OCI image spec.

PATH is a layout: a directory, or a tar archive of one. Everything in it is looked at: the graph from
index.json down to the entries of each layer, and every blob against its name. Nothing is unpacked,
and nothing outside of PATH is read. Each finding names its rule and the section of the spec the rule
comes from; a note is the same for recommendations, for what some tools refuse or read differently, and for
what cannot be checked here.
${sourceUsage}

Exit code: 0 if there is no finding, 1 if there is.`,
  run: async (args, io) => {
    const [path = ''] = args.positionals;
    const violations = await findingsOn(path, args);
    if (args.values.json === true) reportJson(violations, io);
    else reportText(path, violations, io);
    return violations.count === 0 ? Exit.good : Exit.failed;
  },
};

async function findingsOn(path: string, args: Arguments): Promise<Violations> {
  const { as, blob } = args.values;
  if (typeof blob === 'string' && as !== 'descriptor') {
    throw new TourError('--blob can only be used with --as descriptor.', { exit: Exit.usage });
  }
  if (typeof as !== 'string') return await verifyImage(args);
  if (!isDocumentKind(as)) {
    const hint = `The kinds are ${documentKinds.join(', ')}.`;
    throw new TourError(`There is no kind of document '${as}'.`, { hint, exit: Exit.usage });
  }
  return await verifyDocument(as, path, typeof blob === 'string' ? blob : undefined);
}

async function verifyImage(args: Arguments): Promise<Violations> {
  const { paths, close } = await openSources(args);
  try {
    const [path = { path: '', name: '' }] = paths;
    const { files, foreign } = await openImage(path);
    if (foreign === undefined) return await verifyTold(files);
    const violations = new Violations();
    reportForeign(foreign, violations);
    return violations;
  } finally {
    close();
  }
}

async function verifyTold(files: LayoutFiles): Promise<Violations> {
  const told = tellReading(files);
  try {
    return await verifyLayout(told.files);
  } finally {
    told.end();
  }
}

function isDocumentKind(text: string): text is DocumentKind {
  return documentKinds.some((kind) => kind === text);
}

function reportJson(violations: Violations, io: Io): void {
  const { remedy } = violations;
  for (const finding of violations.kept) {
    io.json({ type: 'finding', ...finding, ...(remedy === undefined ? {} : { remedy }) });
  }
  for (const note of violations.notes) io.json({ type: 'note', ...note });
  for (const image of several(violations)) io.json({ type: 'image', ...image });
  io.json({ type: 'result', ok: violations.count === 0, findings: violations.count });
}

function reportText(path: string, violations: Violations, io: Io): void {
  for (const finding of violations.kept) io.out(describe(finding));
  for (const note of violations.notes) io.out(`note: ${describe(note)}`);
  const unsaid = violations.count - violations.kept.length;
  if (unsaid > 0) io.out(`… and ${unsaid} more of the same kind.`);
  for (const { platform = 'an image', digest, status } of several(violations)) {
    io.out(`${platform} ${digest}: ${statuses[status]}`);
  }
  if (violations.remedy !== undefined) io.out(`  ${printable(violations.remedy)}\n`);
  const isCut = violations.notes.some(({ rule }) => rule === 'limit');
  if (violations.count === 0) io.out(`${path}: ${isCut ? 'what could be read is ' : ''}valid.`);
  else io.out(`${path}: ${violations.count} ${violations.count === 1 ? 'finding' : 'findings'}.`);
}

const statuses = {
  whole: 'whole',
  incomplete: 'something of it is missing or damaged',
  absent: 'its manifest is not in the layout',
} as const;

/** The list of images, if there are several. */
function several({ images }: Violations): readonly ImageStatus[] {
  return images.length > 1 ? images : [];
}

function describe({ rule, section, path, expected, actual }: Violation): string {
  return `${path}
  ${rule} (${section})
  expected  ${expected}
  actual    ${actual}
`;
}
