import { assembleLesson } from '../../src/engine/define.ts';
import { answers, checks } from './checks.ts';
import { lesson } from './lesson.ts';

export const summing = assembleLesson({ lesson, checks, answers });
