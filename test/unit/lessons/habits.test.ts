import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

/*
 * Turns of phrase that make the prose stiff or hard to follow. A colleague at the next desk doesn't talk
 * like this; there's a plain way to say each of them.
 */

const root = join(import.meta.dirname, '../../..');

const habits: readonly RegExp[] = [
  /\bcomes? about\b/i,
  /\bone (?:came|comes|finds)\b/i,
  /\b(?:is|are) gone since\b/i,
  /\b(?:is|are) none of\b/i,
  /\bwhoever\b/i,
  /\bby (?:itself|themselves)\b/i,
  /\b(?:goes|go|went) by\b/i,
  /\b(?:is|are|was|were) of (?:\d{4}|the|a|an|another|kind|format)\b/i,
  /\b(?:are|were) of\b/i,
  /\b(?:lies?|lay) (?:in|on|at|there)\b/i,
  /\b(?:shines?|shining) through\b/i,
  /\b(?:takes?|taken|took|taking) away\b/i,
  /\brespell/i,
  /\bspell(?:ed|ing|ings)\b/i,
  // The user `nobody` is called so.
  /(?<!`)\b(?:any|no|some|every)body\b/i,
  /\bbesides\b/i,
  /\bbears? its\b/i,
  /\baloud\b/i,
  /\benvelopes?\b/i,
  /\boff the machine\b/i,
];

/** The sentences of a source file: its strings, and the comments of its shell scripts. */
function sentencesOf(file: string): string[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(file, 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) return;
    if (ts.isTaggedTemplateExpression(node) && node.tag.getText() === 'sh') {
      found.push(...(node.template.getText().match(/(?<=#).*$/gm) ?? []));
      return;
    }
    if (ts.isTemplateExpression(node)) {
      found.push(
        [node.head, ...node.templateSpans.map(({ literal }) => literal)].map(textIn).join('…'),
      );
      for (const { expression } of node.templateSpans) visit(expression);
      return;
    }
    if (ts.isStringLiteralLike(node)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found.map((each) => each.replace(/\s+/g, ' ')).filter((each) => each.includes(' '));
}

/** The comments of a source file, each on one line. */
function commentsOf(file: string): string[] {
  const comments = readFileSync(file, 'utf8').match(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm) ?? [];
  return comments.map((each) => each.replace(/\n\s*\*(?!\/)|\s+/g, ' '));
}

const textIn = ({ text }: ts.LiteralLikeNode) => text;

function habitsIn(sentences: readonly string[]): string[] {
  return sentences.flatMap((sentence) =>
    habits.flatMap((habit) => {
      const match = habit.exec(sentence);
      if (match === null) return [];
      const { index, 0: phrase } = match;
      return [`${phrase}: ${sentence.slice(Math.max(0, index - 30), index + phrase.length + 30)}`];
    }),
  );
}

const sourcesIn = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !/(^|\/)faults\.ts$/.test(name))
    .map((name) => join(folder, name))
    .sort();

test.each([
  ['The tar is of 2025-01-01.', 1],
  ['That is none of yours, and nobody knows it.', 2],
  ['It lies on ext4, and goes by two names.', 2],
  ['The whiteout deletes the file.', 0],
  ['Each of these is a kind of file.', 0],
])('%j has %i habits', (sentence, count) => {
  expect(habitsIn([sentence])).toHaveLength(count);
});

test('strings, templates and the comments of scripts are read', () => {
  const sentences = sentencesOf(join(root, 'lessons/03-layers/lesson.ts'));
  expect(sentences.length).toBeGreaterThan(20);
  expect(sentences.join('\n')).not.toContain('tar -cf');
});

test('comments are read, over several lines too', () => {
  const comments = commentsOf(join(root, 'src/engine/fact.ts'));
  expect(comments.length).toBeGreaterThan(5);
  expect(comments[0]).toMatch(/^\/\*\* .* prose, pictures, scripts and checks refer to\. .* \*\/$/);
});

test('nor are comments put like that', () => {
  const found = [...sourcesIn('lessons'), ...sourcesIn('src')].flatMap((file) =>
    habitsIn(commentsOf(join(root, file))).map((habit) => `${file}: ${habit}`),
  );
  expect(found).toEqual([]);
});

describe('nothing that a person reads is put like that', () => {
  test.each([...sourcesIn('lessons'), 'src/host/preflight/obstacles.ts'])('%s', (file) => {
    expect(habitsIn(sentencesOf(join(root, file)))).toEqual([]);
  });

  test.each(['README.md', 'CONTRIBUTING.md', 'lessons/00-prerequisites/TROUBLESHOOTING.md'])(
    '%s',
    (file) => {
      const paragraphs = readFileSync(join(root, file), 'utf8').split(/\n\s*\n/);
      expect(habitsIn(paragraphs.map((each) => each.replace(/\s+/g, ' ')))).toEqual([]);
    },
  );
});
