import { stripVTControlCharacters } from 'node:util';

/** What is kept of a script's output: a window on its end, however much there was. */
export interface Output {
  readonly lines: readonly string[];
  /** Lines that came before those kept. */
  readonly dropped: number;
}

const keptLines = 500;
const keptColumns = 2000;

/** No escape sequence, no other control character: what is left cannot move the cursor or ring. */
function printable(line: string): string {
  return (
    stripVTControlCharacters(line)
      .replace(/\t/g, '    ')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
      .replace(/[\u0000-\u001f\u007f-\u009f]/g, '')
  );
}

/** Collects output in bounded memory. */
export function collectOutput() {
  let lines: string[] = [];
  let dropped = 0;
  let tail = '';

  const keep = (line: string) => {
    // A progress bar rewrites its line with carriage returns: only the last version counts.
    const shown = line.replace(/\r+$/, '').split('\r').at(-1) ?? '';
    lines.push(printable(shown.slice(0, keptColumns)));
    // Cut in large pieces: cutting on every line would copy the window a million times.
    if (lines.length >= keptLines * 2) {
      dropped += lines.length - keptLines;
      lines = lines.slice(-keptLines);
    }
  };

  return {
    write(chunk: string): void {
      const parts = (tail + chunk).split('\n');
      tail = parts.pop() ?? '';
      for (const line of parts) keep(line);
      // A line that never ends must not grow without bound either.
      if (tail.length > keptColumns * 2) tail = tail.slice(0, keptColumns);
    },
    view(): Output {
      const all = tail === '' ? lines : [...lines, printable(tail.slice(0, keptColumns))];
      const cut = Math.max(0, all.length - keptLines);
      return { lines: all.slice(cut), dropped: dropped + cut };
    },
  };
}

export const noOutput: Output = { lines: [], dropped: 0 };
