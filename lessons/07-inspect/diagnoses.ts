import { defineDiagnoses } from '../../src/engine/define.ts';
import { mistakes } from '../../src/engine/diagnosis.ts';
import { seeImport, unpackedMistakes } from '../facts/imported.ts';
import { checks } from './checks.ts';

export const diagnoses = defineDiagnoses(checks, {
  snapshots: { keys: mistakes(seeImport, ...unpackedMistakes) },
});
