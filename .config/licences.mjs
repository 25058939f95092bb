import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const packageFolder = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/;
const licenceFile = /^(licen[cs]e|copying|notice)/i;

/** The licence texts of exactly the packages whose code is in the bundle. */
export async function licences(root, { outputs }) {
  const folders = new Set();
  for (const { inputs } of Object.values(outputs)) {
    for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
      const [folder] = packageFolder.exec(input) ?? [];
      if (folder !== undefined && bytesInOutput > 0) folders.add(folder);
    }
  }
  const sections = await Promise.all([...folders].map((folder) => section(root, folder)));
  const rule = '-'.repeat(80);
  const introduction = 'handroll-tour contains code of the following packages.\n';
  return [introduction, ...new Set(sections.sort())].join(`\n${rule}\n\n`);
}

async function section(root, folder) {
  const path = join(root, folder);
  const manifest = JSON.parse(await readFile(join(path, 'package.json'), 'utf8'));
  const { name, version, license } = manifest;
  const files = (await readdir(path)).filter((file) => licenceFile.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(path, file), 'utf8')));
  if (texts.length === 0) texts.push(await standardText(root, manifest));
  return [`${name} ${version} (${license})`, ...texts.map((text) => text.trim())]
    .join('\n\n')
    .concat('\n');
}

/** Packages without a file for their licence, whose code begins with its copyright notices. */
const noticesIn = { '@xterm/headless': 'lib-headless/xterm-headless.mjs' };

/** Some packages only name their licence. Ours is the MIT licence as well. */
async function standardText(root, { name, version, license, author }) {
  const notices = await noticesOf(root, name, author);
  if (license !== 'MIT' || notices.length === 0) {
    throw new Error(`${name} ${version} does not say on which terms it may be bundled.`);
  }
  const own = await readFile(join(root, 'LICENSE'), 'utf8');
  return own.replace(/^Copyright .*$/m, notices.join('\n'));
}

async function noticesOf(root, name, author) {
  const code = noticesIn[name];
  if (code !== undefined) {
    const text = await readFile(join(root, 'node_modules', name, code), 'utf8');
    const begin = text.slice(0, text.search(/^(?!\s*(\/\*|\*|$))/m));
    return (begin.match(/Copyright \(c\).*/g) ?? []).map((each) => each.trim());
  }
  const holder = typeof author === 'string' ? author : author?.name;
  return holder === undefined ? [] : [`Copyright (c) ${holder}`];
}
