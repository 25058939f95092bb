// What a cell came to, and the matrix of all. Pure.

/**
 * @typedef {object} Outcome
 * @property {boolean} ok
 * @property {string} told what the cell says: `142/142`, or `lesson 00`
 * @property {number} seconds
 * @property {string} [why] if it is not green
 */

/**
 * The JSON lines in what a command printed, a terminal's own line ends and a prompt around them left out.
 *
 * @param {string} text
 * @returns {any[]}
 */
export function jsonLinesIn(text) {
  return text.split(/\r?\n/).flatMap((line) => {
    const start = line.indexOf('{"type":');
    if (start === -1) return [];
    try {
      return [JSON.parse(line.slice(start))];
    } catch {
      return [];
    }
  });
}

/**
 * What `run --json` came to.
 *
 * @param {{ code: number | null, stdout: string, stderr: string }} finished
 */
export function readRun({ code, stdout, stderr }) {
  const lines = jsonLinesIn(stdout);
  const result = lines.findLast(({ type }) => type === 'result');
  const { passed = 0, failed = 0, blocked = 0 } = result ?? {};
  const bad = lines.find(
    ({ type, status }) => type === 'check' && /^(?:fail|blocked)$/.test(status),
  );
  const ok = code === 0 && passed > 0 && failed + blocked === 0;
  const told = `${passed}/${passed + failed + blocked}`;
  if (ok) return { ok, told };
  return { ok, told, why: bad === undefined ? lastWords(code, stderr) : reason(bad) };
}

/**
 * What `npm test` came to, by its sum and the tests that it names as failed.
 *
 * @param {number | null} code
 * @param {string} output
 */
export function readSuite(code, output) {
  const [, passed, failed] = /^(\d+) passed, (\d+) failed(?:, \d+ skipped)?$/m.exec(output) ?? [];
  if (passed === undefined) return { ok: false, told: 'no sum', why: lastWords(code, output) };
  const told = `${passed}/${Number(passed) + Number(failed)}`;
  if (code === 0 && failed === '0') return { ok: true, told };
  const names = [...output.matchAll(/^ *FAIL +(.+)$/gm)].map(([, name]) => name);
  const why = [...new Set(names)].join('; ') || lastWords(code, output);
  return { ok: false, told, why };
}

function reason({ lesson, step, id, actual, hint }) {
  const where = `${lesson}/${step}, check ${id}`;
  return `${where}: ${firstLine(actual)}${hint ? ` (${firstLine(hint)})` : ''}`;
}

function lastWords(code, stderr) {
  const said = stderr.trim().split('\n').filter(Boolean);
  return said.length === 0 ? `it ended with ${code}, and said nothing` : said.slice(-3).join(' ');
}

const firstLine = (text) => String(text ?? '').split('\n')[0];

/**
 * The matrix: a line for each way, a column for each world; then each cell that is not green, with why.
 *
 * @param {{ title: string, versions: readonly string[] }[]} worlds
 * @param {string[]} ways
 * @param {(way: string, world: string) => Outcome | undefined} outcomeOf
 * @returns {string[]}
 */
export function matrix(worlds, ways, outcomeOf) {
  const cellOf = (outcome) => {
    if (outcome === undefined) return '-';
    const time = `${outcome.seconds.toFixed(0)} s`.padStart(5);
    return `${outcome.ok ? '✔' : '✗'} ${outcome.told.padEnd(9)} ${time}`;
  };
  const rows = [
    ['', ...worlds.map(({ title }) => title)],
    ...(worlds[0]?.versions ?? []).map((_, line) => [
      '',
      ...worlds.map((each) => each.versions[line] ?? ''),
    ]),
    ...ways.map((way) => [way, ...worlds.map(({ title }) => cellOf(outcomeOf(way, title)))]),
  ];
  const widths =
    rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '),
  );
  const reasons = ways.flatMap((way) =>
    worlds.flatMap(({ title }) => {
      const why = outcomeOf(way, title)?.why;
      return why === undefined ? [] : [`✗ ${title}, ${way}: ${why}`];
    }),
  );
  return [...lines.map((line) => line.trimEnd()), ...(reasons.length > 0 ? ['', ...reasons] : [])];
}

/**
 * @typedef {object} Made an image that a cell made
 * @property {string} cell
 * @property {string} whiteout the kind of entry that is the whiteout
 * @property {string} busybox the digest of busybox in it
 * @property {readonly string[]} digests base, delta, config, manifest
 */

/**
 * Images that must be the same, because the same whiteout and the same busybox went into them.
 *
 * @template {Made} T
 * @param {readonly T[]} images
 * @returns {{ images: T[], others: T[] }[]} for each group all, and those that differ from its first
 */
export function groupsOf(images) {
  const groups = new Map();
  for (const image of images) {
    const key = `${image.whiteout} ${image.busybox}`;
    groups.set(key, [...(groups.get(key) ?? []), image]);
  }
  return [...groups.values()].map((group) => ({
    images: group,
    others: group.filter(({ digests }) => digests.join() !== group[0].digests.join()),
  }));
}
