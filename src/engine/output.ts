import { withoutUnprintable } from '../text/printable.ts';

/** The end of a script's output, in bounded size. */
export interface Output {
  readonly lines: readonly string[];
  /** How many earlier lines were dropped. */
  readonly dropped: number;
}

const keptLines = 500;
const keptColumns = 2000;
/** Characters read of a line: enough for its columns, unless it's mostly colour codes. */
const readLength = 4 * keptColumns;

/**
 * Escape sequences (ECMA-48), even if their end is missing: strings such as a window title, control
 * sequences such as a colour, and the short ones.
 */
const instructions =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is removed.
  /\u001b[\]PX^_][^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c|(?=\u001b)|$)|(?:\u001b\[|\u009b)[0-?]*[ -/]*(?:[@-~]|$)|\u001b[ -/]*(?:[0-~]|$)/g;

/** Removes escape sequences and control characters, which could move the cursor or ring the bell. */
function plain(line: string): string {
  const text = line.slice(0, readLength).replace(instructions, '').replace(/\t/g, '    ');
  const kept = withoutUnprintable(text).slice(0, keptColumns);
  // The cut may have left half of a surrogate pair.
  return kept.replace(/[\ud800-\udbff]$/, '');
}

/** A progress bar rewrites its line with carriage returns: only the last version counts. */
function lastVersion(line: string): string {
  let end = line.length;
  while (line[end - 1] === '\r') end -= 1;
  return end === 0 ? '' : line.slice(line.lastIndexOf('\r', end - 1) + 1);
}

/** Collects output in bounded memory. */
export function collectOutput() {
  let lines: string[] = [];
  let dropped = 0;
  let tail = '';

  const keep = (line: string) => {
    lines.push(plain(lastVersion(line)));
    // Cut in large pieces: cutting on every line would copy the window a million times.
    if (lines.length >= keptLines * 2) {
      dropped += lines.length - keptLines;
      lines = lines.slice(-keptLines);
    }
  };

  return {
    write(chunk: string): void {
      const parts = (tail + chunk).split('\n');
      const open = parts.pop() ?? '';
      for (const line of parts) keep(line);
      // A line that never ends must not grow without bound either.
      tail = lastVersion(open).slice(0, readLength);
    },
    view(): Output {
      const all = tail === '' ? lines : [...lines, plain(tail)];
      const cut = Math.max(0, all.length - keptLines);
      return { lines: all.slice(cut), dropped: dropped + cut };
    },
  };
}

/** The last line that isn't empty: of a script that ended with an error, mostly the reason. */
export function lastWords({ lines }: Pick<Output, 'lines'>): string | undefined {
  return lines.findLast((line) => line.trim() !== '')?.trim();
}

export const noOutput: Output = { lines: [], dropped: 0 };
