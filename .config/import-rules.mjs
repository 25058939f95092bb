// Which room of the code may import which. `node .config/import-rules.mjs` writes the linter's rules
// from this table; a test keeps the two the same.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Each room with those it may import besides itself; all may import `src/errors.ts`. */
const rooms = {
  text: [],
  oci: ['text'],
  host: ['text', 'oci'],
  engine: ['text', 'oci', 'host'],
  lessons: ['text', 'oci', 'host', 'engine'],
  report: ['text', 'oci', 'host', 'engine'],
  // The explorer is drawn with the tour's components; the tour is handed it by its command.
  ui: ['text', 'oci', 'host', 'engine', 'lessons', 'report'],
  explorer: ['text', 'oci', 'host', 'engine', 'ui'],
  commands: ['text', 'oci', 'host', 'engine', 'lessons', 'report', 'ui', 'explorer'],
  cli: ['commands'],
};

const files = {
  cli: ['src/cli.ts'],
  lessons: ['lessons/**'],
};

/** Libraries that one room keeps to itself. */
const libraries = {
  ink: { rooms: ['ui', 'explorer'], message: 'Only src/ui and src/explorer draw.' },
  react: { rooms: ['ui', 'explorer'], message: 'Only src/ui and src/explorer draw.' },
  execa: { rooms: [], message: 'Only src/host/shell.ts starts processes.' },
};

const direction =
  'Imports point one way: oci, text <- host <- engine <- lessons, report <- ui <- explorer <- commands <- cli.';

function rule(includes, { mayImport, room, mayUse = [] }) {
  const others = Object.keys(rooms).filter((name) => name !== room && !mayImport.includes(name));
  const patterns = others.map((name) => (name === 'cli' ? '**/cli.ts' : `**/${name}/**`));
  const paths = Object.entries(libraries)
    .filter(([name, { rooms: own }]) => !own.includes(room) && !mayUse.includes(name))
    .map(([name, { message }]) => [name, message]);
  const options = {
    paths: Object.fromEntries(paths),
    patterns: [{ group: [...patterns, '**/test/**'], message: direction }],
  };
  const noRestrictedImports = { level: 'error', options };
  return { includes, linter: { rules: { style: { noRestrictedImports } } } };
}

/** The linter's configuration: each file has one rule, since a second one would replace the first. */
export const importRules = {
  $schema: '../node_modules/@biomejs/biome/configuration_schema.json',
  root: false,
  overrides: [
    rule(['src/errors.ts'], { room: 'errors', mayImport: [] }),
    ...Object.entries(rooms).map(([room, mayImport]) => {
      const includes = files[room] ?? [`src/${room}/**`];
      return rule(includes, { room, mayImport });
    }),
    rule(['src/host/shell.ts'], { room: 'host', mayImport: rooms.host, mayUse: ['execa'] }),
  ],
};

export const rulesFile = join(fileURLToPath(new URL('.', import.meta.url)), 'import-rules.json');

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(rulesFile, `${JSON.stringify(importRules, null, 2)}\n`);
}
