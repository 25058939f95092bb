import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { documentedLines, errorShape, verbsWithJson } from '../../../src/commands/json-lines.ts';
import { options, spelled } from '../../../src/commands/options.ts';
import { verbEntry, verbNames } from '../../../src/commands/verbs.ts';

/*
 * What the README says of commands, options and JSON lines comes from the tables in src/commands:
 * `npm test -- unit cli/readme -u` writes it anew.
 */

const path = join(import.meta.dirname, '../../../README.md');

/** In a cell of a table a bar would end it. */
const cell = (text: string) => text.replaceAll('|', '\\|');

function commands(): string {
  const rows = verbNames.map((verb) => {
    const { usage, summary } = verbEntry(verb);
    const calls = usage.map((each) => `\`handroll-tour ${cell(each)}\``);
    return `| ${calls.join('<br>')} | ${summary} |`;
  });
  return `| command | |\n|---|---|\n${rows.join('\n')}`;
}

function optionTable(): string {
  const rows = options.map((option) => {
    const verbs = option.verbs === 'all' ? 'every command' : option.verbs.join(', ');
    return `| \`${spelled(option)}\` | ${verbs} | ${cell(option.says)} |`;
  });
  return `| option | of | |\n|---|---|---|\n${rows.join('\n')}`;
}

function jsonLines(): string {
  const sections = verbsWithJson.map((verb) => {
    const { shapes = [], notes = [] } = documentedLines(verb) ?? {};
    const told = notes.map(([field, note]) => `- \`${field}\`: ${note}`);
    const code = `\`\`\`\n${shapes.join('\n')}\n\`\`\``;
    return [`#### ${verb}`, code, ...(told.length === 0 ? [] : [told.join('\n')])].join('\n\n');
  });
  return [`#### On an error\n\n\`\`\`\n${errorShape}\n\`\`\``, ...sections].join('\n\n');
}

test('the README has the tables of the code', async () => {
  const sections = { commands, options: optionTable, 'json-lines': jsonLines };
  let readme = readFileSync(path, 'utf8');
  for (const [name, section] of Object.entries(sections)) {
    const place = new RegExp(`(<!-- ${name} -->\n)[^]*?(\n<!-- end -->)`);
    expect(readme).toMatch(place);
    readme = readme.replace(place, (_, begin, end) => `${begin}${section()}${end}`);
  }
  await expect(readme).toMatchFileSnapshot(path);
});
