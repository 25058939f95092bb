/**
 * The most likely typing error in a text that isn't JSON, and where it is: the messages of JSON.parse
 * name a position that is often far from the mistake.
 *
 * @returns `undefined` if it is JSON or has none of the usual errors
 */
export function describeSyntaxError(text: string): string | undefined {
  if (isJson(text)) return undefined;
  if (text.trim() === '') return 'it is empty';
  const code = outsideStrings(text);
  for (const [pattern, says] of syntaxErrors) {
    const match = pattern.exec(code);
    if (match !== null) return `line ${lineAt(text, match.index)}: ${says(match)}`;
  }
  const open = firstUnclosed(code);
  return open === undefined
    ? undefined
    : `the ${code[open]} of line ${lineAt(text, open)} is never closed`;
}

/** The most specific first; the mistake is where the match begins. */
const syntaxErrors: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
  [/^\ufeff/, () => 'it begins with a byte order mark'],
  [/[“”„‘’]/, ([quote]) => `a typographic quote, ${quote}`],
  [/'/, () => 'a single quote, where JSON wants double ones'],
  [/\/\/|\/\*|#/, () => 'a comment, which JSON does not have'],
  [/\$[A-Za-z_{(]/, () => 'a shell variable that was not replaced'],
  [/,(?=\s*[}\]])/, () => 'a comma after the last item'],
  [/:(?=\s*[,}\]])/, () => 'nothing stands after the colon'],
  [/\}(?=\s*\{)/, () => 'a second document begins after the first'],
  [/["\]}\w](?=[ \t]*\n\s*["{[])/, () => 'the comma at its end is missing'],
];

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The text with the contents of its strings blanked, so that only the syntax is matched. */
function outsideStrings(text: string): string {
  return text.replace(
    /"((?:[^"\\\n]|\\.)*)"/g,
    (_, inside: string) => `"${' '.repeat(inside.length)}"`,
  );
}

function firstUnclosed(code: string): number | undefined {
  const open: number[] = [];
  for (let index = 0; index < code.length; index++) {
    if ('{['.includes(code.charAt(index))) open.push(index);
    else if ('}]'.includes(code.charAt(index))) open.pop();
  }
  return open.at(-1);
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}
