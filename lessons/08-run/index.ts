import { assembleLesson } from '../../src/engine/define.ts';
import { answers, checks } from './checks.ts';
import { diagnoses } from './diagnoses.ts';
import { lesson } from './lesson.ts';

export const running = assembleLesson({ lesson, checks, answers, diagnoses });
