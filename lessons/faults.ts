import type { Fault } from '../src/engine/check.ts';
import { faults as prerequisites } from './00-prerequisites/faults.ts';
import { faults as whatIsAnImage } from './01-what-is-an-image/faults.ts';
import { faults as filesystems } from './02-filesystems/faults.ts';
import { faults as layers } from './03-layers/faults.ts';
import { faults as layout } from './04-layout/faults.ts';
import { faults as importing } from './05-import/faults.ts';
import { faults as overlayfs } from './06-overlayfs/faults.ts';
import { faults as inspecting } from './07-inspect/faults.ts';
import { faults as running } from './08-run/faults.ts';
import { faults as summing } from './09-summary/faults.ts';
import { faults as layersAreDiffs } from './10-layers-are-diffs/faults.ts';
import { faults as cleanup } from './11-cleanup/faults.ts';
import type { LessonId } from './index.ts';

/** A lesson's faults, by step and check. */
type Faults = Readonly<Record<string, Readonly<Record<string, readonly Fault[]>>>>;

/** How to break what each check of the tour guards. For the tests: no command imports this. */
export const faults: Readonly<Record<LessonId, Faults>> = {
  '00-prerequisites': prerequisites,
  '01-what-is-an-image': whatIsAnImage,
  '02-filesystems': filesystems,
  '03-layers': layers,
  '04-layout': layout,
  '05-import': importing,
  '06-overlayfs': overlayfs,
  '07-inspect': inspecting,
  '08-run': running,
  '09-summary': summing,
  '10-layers-are-diffs': layersAreDiffs,
  '11-cleanup': cleanup,
};
