import { Exit } from '../errors.ts';
import { causeTexts } from '../oci/compare/causes.ts';
import { type Comparison, compareLayouts } from '../oci/compare/compare-layouts.ts';
import type { Consequence, Difference } from '../oci/compare/differences.ts';
import { openImage } from '../oci/layout/open-layout.ts';
import type { Violations } from '../oci/verify/violations.ts';
import { proseWidth } from '../text/measure.ts';
import { printable } from '../text/printable.ts';
import { chop } from '../text/wrap.ts';
import type { Command, Io } from './command.ts';
import { openSources, sourceUsage } from './image-source.ts';

const unnamed = { path: '', name: '' };

export const compare: Command = {
  description: `Says why the images in two layouts have different digests, to the entry and field.

A and B are layouts: directories, or tar archives of them. They are walked side by side from index.json
down: documents field by field, layers entry by entry, gzip headers too. Nothing is unpacked, and
nothing outside of A and B is read. Of many similar differences only the first are told in full.
${sourceUsage}

Exit code: 0 if it is the same image, 1 if not, or if a layout is damaged.`,
  run: async (args, io) => {
    const [a = '', b = ''] = args.positionals;
    const { paths, close } = await openSources(args);
    try {
      const [one = unnamed, other = unnamed] = paths;
      const opened = [await openImage(one), await openImage(other)] as const;
      for (const [at, { foreign }] of opened.entries()) {
        if (foreign?.kind === 'docker-archive') sayArchive([a, b][at] ?? '', io);
      }
      const comparison = await compareLayouts(...opened);
      if (args.values.json === true) reportJson(comparison, io);
      else reportText([a, b], comparison, io);
      return comparison.isSame ? Exit.good : Exit.failed;
    } finally {
      close();
    }
  },
};

function sayArchive(path: string, io: Io): void {
  io.err(
    printable(
      `${path} is a docker archive, which has no index and no manifest: the tour makes them from its manifest.json, digests included.`,
    ),
  );
}

function reportJson({ differences, violations, digests, isSame }: Comparison, io: Io): void {
  for (const difference of differences.kept) io.json({ type: 'difference', ...difference });
  for (const more of differences.more) io.json({ type: 'more', ...more });
  for (const each of differences.consequences) io.json({ type: 'consequence', ...each });
  for (const note of differences.notes) io.json({ type: 'note', ...note });
  for (const [index, { kept }] of violations.entries()) {
    const side = index === 0 ? 'a' : 'b';
    for (const finding of kept) io.json({ type: 'finding', in: side, ...finding });
  }
  io.json({
    type: 'result',
    ok: isSame,
    differences: differences.count,
    consequences: differences.consequences.length,
    findings: violations[0].count + violations[1].count,
    a: digests[0],
    b: digests[1],
  });
}

function reportText(paths: readonly [string, string], comparison: Comparison, io: Io): void {
  const { differences, violations, digests, images, isSame } = comparison;
  for (const [part, group] of groupBy(differences.kept, partOf))
    reportPart(part, group, comparison, io);
  reportConsequences(differences.consequences, io);
  for (const [index, found] of violations.entries()) reportDamage(paths[index] ?? '', found, io);
  for (const { field, a, b } of differences.notes) {
    io.out(
      `note: index.json${field.startsWith('/') ? '#' : ': '}${field} is not part of the image`,
    );
    io.out(`  A  ${a}\n  B  ${b}\n`);
  }
  if (isSame) io.out(sameness(images[0].length > 0 ? images[0] : digests[0]));
  else {
    for (const [index, name] of ['A', 'B'].entries()) {
      const named = digests[index]?.join(', ') || 'no image';
      io.out(printable(`${name}  ${paths[index]}: ${named}`));
    }
    io.out(verdict(comparison));
  }
}

function sameness(digests: readonly string[]): string {
  if (digests.length === 0) return 'Neither layout contains an image.';
  const image = digests.length === 1 ? 'image' : 'images';
  return `The same ${image}, byte for byte: ${digests.join(', ')}`;
}

function verdict({ differences: { count }, violations, digests }: Comparison): string {
  if (digests.some((named) => named.length === 0) && count === 0)
    return 'Nothing could be compared.';
  const damage = violations[0].count + violations[1].count > 0;
  if (count === 0) return 'No differences in the parts that could be compared.';
  const differences = count === 1 ? '1 difference' : `${count} differences`;
  return `Not the same image: ${differences}${damage ? ', as far as they can be compared' : ''}.`;
}

/** How many values of one field are shown; `--json` has some more. */
const maxValuesShown = 2;

/** A document or a layer: the fields that differ, the first examples, and the usual cause. */
function reportPart(
  part: string,
  group: readonly Difference[],
  { differences }: Comparison,
  io: Io,
): void {
  const isLayer = /\blayer \d+$/.test(part);
  const isPacking = isLayer && group.every(({ field }) => /^(?:gzip|zstd|compression)/.test(field));
  io.out(isPacking ? `${part}: the same tar, with the same DiffID, compressed differently` : part);
  const byCause = groupBy(group, ({ cause }) => cause);
  for (const [cause, alike] of byCause) {
    const fields = groupBy(alike, ({ field }) => (field.startsWith('pax ') ? 'pax' : field));
    for (const [field, each] of fields) {
      const more = differences.more.find((one) => one.where === part && one.field === field);
      reportField(part, each, more?.count ?? 0, io);
    }
    for (const line of chop(causeTexts[cause], proseWidth)) io.out(`  ${line}`);
    io.out('');
  }
  const values = differences.more.find(({ where, field }) => where === part && field === 'values');
  if (values !== undefined) io.out(`  … and ${values.count} more values\n`);
}

function reportField(part: string, alike: readonly Difference[], more: number, io: Io): void {
  for (const { where, field, a, b } of alike.slice(0, maxValuesShown)) {
    const entry = where.slice(part.length + 1);
    io.out(`  ${entry === '' ? field : `${entry}: ${field}`}`);
    io.out(`    A  ${a}`);
    io.out(`    B  ${b}`);
  }
  const others = alike.length - maxValuesShown + more;
  if (others > 0) io.out(`  … and ${others} more like this`);
}

function groupBy<T, K extends string>(items: readonly T[], keyOf: (item: T) => K): [K, T[]][] {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return [...groups];
}

function partOf({ where }: Consequence): string {
  return where.split('!', 1)[0] ?? '';
}

/** The digests that differ as a result, from the bottom up: each document names those below it. */
function reportConsequences(consequences: readonly Consequence[], io: Io): void {
  if (consequences.length === 0) return;
  io.out('These differ as a result, since each document contains the digests of those below it:');
  for (const [where, each] of groupBy(consequences, partOf).reverse()) {
    io.out(`  ${where}#${each.map(({ field }) => field).join(' ')}`);
  }
  io.out('');
}

function reportDamage(path: string, found: Violations, io: Io): void {
  const { kept, count } = found;
  if (count === 0) return;
  const { remedy } = found;
  const what = remedy === undefined ? 'is damaged; handroll-tour verify says more' : 'is no layout';
  io.out(printable(`${path} ${what}.`));
  for (const { path: at, expected, actual } of kept) {
    io.out(`  ${at}: expected ${expected}, actual ${actual}`);
  }
  if (remedy !== undefined) io.out(`  ${printable(remedy)}`);
  io.out('');
}
