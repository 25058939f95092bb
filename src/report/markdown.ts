import {
  type Block,
  type CheckEntry,
  type Report,
  type Run,
  type Section,
  said,
  type Words,
} from './model.ts';

/** The report as Markdown (CommonMark, with GitHub's tables). */
export function markdown(report: Report): string {
  return `${[
    `# ${escaped(report.title)}`,
    ...report.blocks.map(block),
    ...report.sections.map((section) => sectionText(section, 2)),
  ].join('\n\n')}\n`;
}

function sectionText({ title, blocks, sections }: Section, level: number): string {
  return [
    `${'#'.repeat(level)} ${escaped(title)}`,
    ...blocks.map(block),
    ...sections.map((each) => sectionText(each, level + 1)),
  ].join('\n\n');
}

function block(it: Block): string {
  switch (it.type) {
    case 'paragraph':
      return line(it.words);
    case 'remark':
      return `*${escaped(it.text)}*`;
    case 'script':
      return fenced(it.source, 'bash');
    case 'output':
      return `${fenced(it.lines.join('\n'), 'text')}\n\n*${escaped(it.remark)}*`;
    case 'findings':
      return it.findings.map(finding).join('\n');
    case 'note':
      return [`**${escaped(it.title)}**`, ...it.paragraphs.map(line)]
        .map((each) => `> ${each}`)
        .join('\n>\n');
    case 'picture': {
      const rows = it.rows.map((words) =>
        words
          .map(({ text }) => text)
          .join('')
          .trimEnd(),
      );
      return `${fenced(rows.join('\n'), 'text')}\n\n*${escaped(it.alt)}*`;
    }
    case 'table':
      return table(it.head ?? [], it.rows);
  }
}

const marks: Readonly<Record<CheckEntry['mark'], string>> = {
  pass: '✔',
  witnessed: '✔',
  changed: '▲',
  unseen: '▲',
};

function finding({ mark, says, seen, remark }: CheckEntry): string {
  const more = [seen, ...(remark === undefined ? [] : [`(${remark})`])].join(' ').trim();
  return `- ${marks[mark]} ${escaped(says)}${more === '' ? '' : `  \n  ${escaped(more)}`}`;
}

function table(head: readonly string[], rows: readonly (readonly Words[])[]): string {
  const columns = Math.max(head.length, ...rows.map((row) => row.length));
  const lineOf = (cells: readonly string[]) =>
    `| ${Array.from({ length: columns }, (_, at) => cells[at] ?? '').join(' | ')} |`;
  return [
    lineOf(head.map((each) => cell(said(each)))),
    lineOf(Array.from({ length: columns }, () => '---')),
    ...rows.map((row) => lineOf(row.map(cell))),
  ].join('\n');
}

function cell(words: Words): string {
  return line(words).replaceAll('|', '\\|');
}

function line(words: Words): string {
  return joined(words).map(run).join('').trim();
}

/** Values are code as well. Adjacent code spans are joined, since Markdown can't separate them. */
function joined(words: Words): Words {
  const result: Run[] = [];
  for (const each of words) {
    const role = each.role === 'value' ? 'code' : each.role;
    const last = result.at(-1);
    if (last?.role === role) result.splice(-1, 1, { text: last.text + each.text, role });
    else result.push({ text: each.text, role });
  }
  return result;
}

function run({ text, role }: Run): string {
  if (role === 'code') return codeSpan(text);
  return role === 'emphasis' ? `*${escaped(text)}*` : escaped(text);
}

/** Escapes text for Markdown, on one line. */
function escaped(text: string): string {
  return (
    text
      .replace(/\s*\n\s*/g, ' ')
      .replace(/[\\`*[<&]/g, '\\$&')
      // An underscore within a word needs no escape, nor does the tilde of a path.
      .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\_')
      .replace(/(?<!^|\s)~|~(?!\/)/g, '\\~')
      // These would begin a heading, a quotation, a list or a rule.
      .replace(/^(\s*)([#>+=-])/, '$1\\$2')
      .replace(/^(\s*\d+)([.)])(?=\s|$)/, '$1\\$2')
  );
}

/** A code span, with more backticks around it than in it. */
function codeSpan(text: string): string {
  const words = text.replace(/\n/g, ' ');
  if (words.trim() === '') return words;
  const fence = '`'.repeat(longest(words) + 1);
  const room = /^`|`$|^ .* $/.test(words) ? ' ' : '';
  return `${fence}${room}${words}${room}${fence}`;
}

function fenced(text: string, language: string): string {
  const fence = '`'.repeat(Math.max(3, longest(text) + 1));
  return `${fence}${language}\n${text}\n${fence}`;
}

/** The longest run of backticks. */
function longest(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
