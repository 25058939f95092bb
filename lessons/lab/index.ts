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
import { noSuchFile } from './12-no-such-file/case.ts';
import { formatError } from './13-format-error/case.ts';
import { noMatch } from './14-no-match/case.ts';
import { imageVanished } from './15-image-vanished/case.ts';
import { mountRefused } from './16-mount-refused/case.ts';
import { containerStays } from './17-container-stays/case.ts';
import { alreadyExists } from './18-already-exists/case.ts';
import { thirdLayer } from './19-third-layer/case.ts';
import { invalidHeader } from './20-invalid-header/case.ts';

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
  noSuchFile,
  formatError,
  noMatch,
  imageVanished,
  mountRefused,
  containerStays,
  alreadyExists,
  thirdLayer,
  invalidHeader,
];
