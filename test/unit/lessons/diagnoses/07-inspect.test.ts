import { chainRules, type SeenChain } from '../../../../lessons/07-inspect/diagnoses.ts';
import { chainIds } from '../../../../src/oci/chain.ts';
import { sha256 } from '../../../../src/oci/digest.ts';
import { mistakeTables } from '../../../helpers/diagnoses.ts';

const mistakeTable = mistakeTables('07-inspect');

const [base, delta] = [sha256('base'), sha256('delta')];
const [, top, third] = chainIds([base, delta, delta]);
const right: SeenChain = { written: third, base, delta, top };
const wrote = (text: string): SeenChain => ({ ...right, written: sha256(text) });

mistakeTable(
  '07-inspect/chain/third',
  chainRules,
  {
    'all is right': right,
    'some other hash': wrote('other'),
    'nothing is written yet': { ...right, written: undefined },
    'nothing is there yet': {
      written: undefined,
      base: undefined,
      delta: undefined,
      top: undefined,
    },
  },
  [
    ['chain-newline', wrote(`${top} ${delta}\n`)],
    ['chain-of-two', { ...right, written: top }],
    ['chain-of-two', wrote(`${base} ${delta}\n`)],
    ['chain-at-once', wrote(`${base} ${delta} ${delta}`)],
    ['chain-reversed', wrote(`${delta} ${top}`)],
    ['chain-without-prefix', wrote(`${top?.slice(7)} ${delta.slice(7)}`)],
    ['chain-of-nothing', wrote(' ')],
  ],
);
