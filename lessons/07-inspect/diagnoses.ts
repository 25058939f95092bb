import { defineDiagnoses } from '../../src/engine/define.ts';
import { diagnoser } from '../../src/engine/diagnosis.ts';
import { seeImport, unpackedRules } from '../facts/imported.ts';
import { checks } from './checks.ts';

export const diagnoses = defineDiagnoses(checks, {
  snapshots: { keys: diagnoser(seeImport, ...unpackedRules) },
});
