import { assembleLesson } from '../../src/engine/define.ts';
import { answers, checks } from './checks.ts';
import { diagnoses } from './diagnoses.ts';
import { lesson } from './lesson.ts';

export const layout = assembleLesson({ lesson, checks, answers, diagnoses });
