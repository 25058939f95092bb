import { defineDiagnoses } from '../../src/engine/define.ts';
import { type DiagnosisRule, diagnoser } from '../../src/engine/diagnosis.ts';
import type { Observation } from '../../src/engine/observation.ts';
import { type Digest, sha256 } from '../../src/oci/digest.ts';
import { practiceChainId, topChainId } from '../facts/containerd.ts';
import { seeImport, unpackedRules } from '../facts/imported.ts';
import { diffIds } from '../facts/layers.ts';
import { checks } from './checks.ts';

/** The chain ID that the learner computed, and what it may have been computed from. */
export interface SeenChain {
  /** The hash in practice/chain-id. */
  readonly written: Digest | undefined;
  readonly base: Digest | undefined;
  readonly delta: Digest | undefined;
  /** The chain ID of both. */
  readonly top: Digest | undefined;
}

async function seeChain(observation: Observation): Promise<SeenChain> {
  return {
    written: (await observation.get(practiceChainId))?.digest,
    base: await observation.get(diffIds.base),
    delta: await observation.get(diffIds.delta),
    top: await observation.get(topChainId),
  };
}

type ChainRule = DiagnosisRule<SeenChain>;

/** A mistake that gives the hash of another text. */
function hashed(
  id: string,
  observed: string,
  remedy: string,
  texts: (all: { base: Digest; delta: Digest; top: Digest }) => readonly string[],
): ChainRule {
  return {
    id,
    sign: ({ written, base, delta, top }) => {
      if (base === undefined || delta === undefined || top === undefined) return undefined;
      const isThis = texts({ base, delta, top }).some((text) => sha256(text) === written);
      return isThis ? `it is the hash of ${observed}` : undefined;
    },
    remedy,
    where: 'cat "$WORKDIR/practice/chain-id"',
    command: `printf '%s %s' "$CHAIN_ID" "$DELTA_DIFFID" | sha256sum >"$WORKDIR/practice/chain-id"`,
  };
}

const digits = (digest: Digest) => digest.slice('sha256:'.length);

/** Against the check of the third chain ID. */
export const chainRules: readonly ChainRule[] = [
  hashed(
    'chain-newline',
    'the right text, with a newline at the end',
    'The newline is hashed, too. `printf` writes none, `echo` does.',
    ({ top, delta }) => [`${top} ${delta}\n`],
  ),
  hashed(
    'chain-of-two',
    'the DiffIDs of base and delta',
    'That is the key of your upper snapshot. The third layer is on top of it: hash that key, a space, and the DiffID of delta.',
    ({ base, delta }) => [`${base} ${delta}`, `${base} ${delta}\n`],
  ),
  hashed(
    'chain-at-once',
    'all three DiffIDs',
    'A chain ID is made from the chain ID of the layer below, not from all the DiffIDs. Hash `$CHAIN_ID`, a space, and the DiffID of delta.',
    ({ base, delta }) => [`${base} ${delta} ${delta}`, `${base} ${delta} ${delta}\n`],
  ),
  hashed(
    'chain-reversed',
    'the DiffID and then the chain ID',
    'The chain ID of the layer below comes first.',
    ({ top, delta }) => [`${delta} ${top}`, `${delta} ${top}\n`],
  ),
  hashed(
    'chain-without-prefix',
    'the digits without sha256: in front',
    'Both hashes keep their `sha256:`.',
    ({ top, delta }) => [`${digits(top)} ${digits(delta)}`],
  ),
  hashed(
    'chain-of-nothing',
    'an empty text',
    'The variables are not set in that shell. `handroll-tour shell` opens one in which they are.',
    () => ['', ' ', '\n', ' \n'],
  ),
];

export const diagnoses = defineDiagnoses(checks, {
  snapshots: { keys: diagnoser(seeImport, ...unpackedRules) },
  chain: { third: diagnoser(seeChain, ...chainRules) },
});
