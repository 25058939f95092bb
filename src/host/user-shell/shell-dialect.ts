import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type ProcessStat, readStat } from '../process-stat.ts';
import { shellQuote } from '../shell-quote.ts';

/** How a shell sets a variable: all shells know `export`, except fish. */
export type Dialect = 'posix' | 'fish';

export const dialects = ['posix', 'bash', 'zsh', 'sh', 'dash', 'fish'] as const;

/** The dialect of a shell, by its name or path. */
export function dialectOf(shell: string): Dialect {
  return basename(shell) === 'fish' ? 'fish' : 'posix';
}

/** Quotes a value for a shell. In fish a backslash is special between single quotes, too. */
export function quoteFor(value: string, dialect: Dialect): string {
  return dialect === 'fish' ? `'${value.replace(/[\\']/g, '\\$&')}'` : shellQuote(value);
}

/**
 * Lines that set variables in a shell, and prepend a directory to PATH.
 * @param pathFirst the directory, if it isn't there yet
 */
export function exportLines(
  variables: Readonly<Record<string, string>>,
  pathFirst: string | undefined,
  dialect: Dialect,
): string[] {
  const all = Object.entries(variables);
  if (dialect === 'fish') {
    return [
      ...all.map(([name, value]) => `set -gx ${name} ${quoteFor(value, dialect)};`),
      ...(pathFirst === undefined ? [] : [`set -gx PATH ${quoteFor(pathFirst, dialect)} $PATH;`]),
    ];
  }
  return [
    ...all.map(([name, value]) => `export ${name}=${shellQuote(value)}`),
    ...(pathFirst === undefined ? [] : [`export PATH=${shellQuote(pathFirst)}:"$PATH"`]),
  ];
}

/** Programs that may be between the learner's shell and a command, such as npx. */
const maxGenerations = 8;

/** The dialect of the shell that called this command, as far as /proc shows it. */
export function callerDialect(pid = process.ppid): Dialect {
  let at = pid;
  for (let generation = 0; generation < maxGenerations && at > 1; generation += 1) {
    const { name, parent } = processOf(at);
    if (name === 'fish') return 'fish';
    if (name === 'bash' || name === 'zsh') return 'posix';
    at = parent;
  }
  return 'posix';
}

function processOf(pid: number): Pick<ProcessStat, 'name' | 'parent'> {
  try {
    return readStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return { name: '', parent: 0 };
  }
}
