import { assembleLesson } from '../../src/engine/define.ts';
import { answers, checks } from './checks.ts';
import { lesson } from './lesson.ts';

export const whatIsAnImage = assembleLesson({ lesson, checks, answers });
