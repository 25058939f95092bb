import type { Lesson } from '../src/engine/lesson.ts';
import { prerequisites } from './00-prerequisites/index.ts';
import { whatIsAnImage } from './01-what-is-an-image/index.ts';
import { filesystems } from './02-filesystems/index.ts';
import { layers } from './03-layers/index.ts';
import { layout } from './04-layout/index.ts';
import { importing } from './05-import/index.ts';
import { overlayfs } from './06-overlayfs/index.ts';
import { inspecting } from './07-inspect/index.ts';
import { running } from './08-run/index.ts';
import { summing } from './09-summary/index.ts';
import { layersAreDiffs } from './10-layers-are-diffs/index.ts';
import { cleanup } from './11-cleanup/index.ts';

/** The tour, in order. */
export const lessons = [
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
] as const satisfies readonly Lesson[];

export type LessonId = (typeof lessons)[number]['id'];

export { variables } from './facts/variables.ts';
