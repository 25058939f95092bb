import type { LabCase } from '../../src/engine/lab/case.ts';
import { notFound } from './01-not-found/case.ts';
import { unpackRefused } from './02-unpack-refused/case.ts';
import { keyInImage } from './03-key-in-image/case.ts';
import { oldGreeting } from './04-old-greeting/case.ts';
import { mirrorRefuses } from './05-mirror-refuses/case.ts';
import { stillTheOldVersion } from './06-still-the-old-version/case.ts';
import { nothingListed } from './07-nothing-listed/case.ts';
import { stillThere } from './08-still-there/case.ts';
import { nearlyEmpty } from './09-nearly-empty/case.ts';
import { twoDigests } from './10-two-digests/case.ts';
import { permissionDenied } from './11-permission-denied/case.ts';

/** All cases of the lab. */
export const labCases: readonly LabCase[] = [
  notFound,
  unpackRefused,
  keyInImage,
  oldGreeting,
  mirrorRefuses,
  stillTheOldVersion,
  nothingListed,
  stillThere,
  nearlyEmpty,
  twoDigests,
  permissionDenied,
];
