import { defineDiagnoses } from '../../src/engine/define.ts';
import { type DiagnosisRule, diagnoser } from '../../src/engine/diagnosis.ts';
import type { Fact } from '../../src/engine/fact.ts';
import type { Observation } from '../../src/engine/observation.ts';
import type { Layer, LayerEntry } from '../../src/oci/layer.ts';
import { tars, withDuplicate } from '../facts/layers.ts';
import { checks } from './checks.ts';

/** The program below and its copy above; the padded delta may not be there yet. */
export interface SeenDuplicate {
  readonly below: LayerEntry | undefined;
  readonly padded: readonly LayerEntry[] | undefined;
}

export function seeDuplicate(padded: Fact<Layer>) {
  return async (observation: Observation): Promise<SeenDuplicate> => ({
    below: (await observation.get(tars.base))?.entries.find(({ path }) => path === program),
    padded: (await observation.get(padded))?.entries,
  });
}

type DuplicateRule = DiagnosisRule<SeenDuplicate>;

const program = 'bin/busybox';

const where = 'tar --full-time -tvf "$WORKDIR/duplicate/delta-layer.tar"';

const copyOf = ({ padded }: SeenDuplicate) => padded?.find(({ path }) => path === program);

const notThere: DuplicateRule = {
  id: 'duplicate-missing',
  sign: (seen) => {
    if (seen.padded === undefined || copyOf(seen) !== undefined) return undefined;
    const other = seen.padded.find(({ path }) => path.endsWith('busybox'));
    return other === undefined
      ? 'the padded delta has no busybox'
      : `the copy is called ${other.path}`;
  },
  remedy: 'A duplicate has the very path of the file below: bin/busybox.',
  where,
};

const otherBytes: DuplicateRule = {
  id: 'duplicate-other-bytes',
  sign: (seen) => {
    const copy = copyOf(seen);
    if (copy === undefined || seen.below === undefined) return undefined;
    return copy.kind !== seen.below.kind || copy.digest !== seen.below.digest
      ? `${program} in the padded delta is a ${copy.kind} with other bytes`
      : undefined;
  },
  remedy: 'Then it is a change and no duplicate. Copy it from build/base, the one that was packed.',
  where,
};

const otherMetadata: DuplicateRule = {
  id: 'duplicate-other-metadata',
  sign: (seen) => {
    const copy = copyOf(seen);
    const { below } = seen;
    if (copy === undefined || below === undefined || copy.digest !== below.digest) return undefined;
    const field = (['mtime', 'mode', 'uid', 'gid'] as const).find(
      (each) => copy[each] !== below[each],
    );
    if (field === undefined) return undefined;
    const show = (value: number) =>
      field === 'mode' ? value.toString(8) : field === 'mtime' ? `@${value}` : `${value}`;
    return `the same bytes, and ${field} ${show(copy[field])}, below ${show(below[field])}: no file in both`;
  },
  remedy:
    'To a builder a file with another date, mode or owner is another file. Pack it with the options of the layers.',
  where,
};

/** Against the checks of the duplicate. */
export const duplicateRules: readonly DuplicateRule[] = [notThere, otherBytes, otherMetadata];

export const diagnoses = defineDiagnoses(checks, {
  duplicate: {
    'same-view': diagnoser(seeDuplicate(withDuplicate), ...duplicateRules),
    counted: diagnoser(seeDuplicate(withDuplicate), ...duplicateRules),
  },
});
