import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';

const position = /(file:\/\/[^\s()]+\.js):(\d+):(\d+)/g;

/**
 * The stack of an error in terms of our sources. Node can do this itself, but only if it reads every
 * source map before the first line runs; here they are read when there is something to explain.
 */
export function stackInSources(error: Error): string {
  const stack = error.stack ?? `${error.name}: ${error.message}`;
  return stack.replace(position, (bundled, url: string, line: string, column: string) => {
    const origin = sourceMap(url)?.findOrigin(Number(line), Number(column));
    if (origin === undefined || !('fileName' in origin)) return bundled;
    const { fileName, lineNumber, columnNumber } = origin;
    return `${fileName.replace(/^(\.\.\/)+/, '')}:${lineNumber}:${columnNumber}`;
  });
}

function sourceMap(url: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${fileURLToPath(url)}.map`, 'utf8')));
  } catch {
    // Not bundled, or the map did not come along: the position stays as it is.
    return undefined;
  }
}
