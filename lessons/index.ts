import type { Lesson } from '../src/engine/lesson.ts';
import { prerequisites } from './00-prerequisites/lesson.ts';
import { whatIsAnImage } from './01-what-is-an-image/lesson.ts';
import { filesystems } from './02-filesystems/lesson.ts';
import { layers } from './03-layers/lesson.ts';
import { layout } from './04-layout/lesson.ts';
import { importing } from './05-import/lesson.ts';
import { overlayfs } from './06-overlayfs/lesson.ts';
import { inspecting } from './07-inspect/lesson.ts';
import { running } from './08-run/lesson.ts';
import { summing } from './09-summary/lesson.ts';
import { layersAreDiffs } from './10-layers-are-diffs/lesson.ts';
import { cleanup } from './11-cleanup/lesson.ts';

/** The tour, in order. */
export const lessons: readonly Lesson[] = [
  prerequisites,
  whatIsAnImage,
  filesystems,
  layers,
  layout,
  importing,
  overlayfs,
  inspecting,
  running,
  summing,
  layersAreDiffs,
  cleanup,
];

export { variables } from './facts.ts';
