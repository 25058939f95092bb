// What a fixed sequence of keys makes the tour and the explorer write to a terminal, in bytes, and how
// much processor time it takes. `node test/bench/bytes.mjs`, after a build; CLI names another one.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import pty from '@lydell/node-pty';

const cli = process.env.CLI ?? fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const sizes = [
  { cols: 80, rows: 24 },
  { cols: 160, rows: 45 },
];
/** After this many milliseconds without a byte, what a key set going is over. */
const quiet = 400;

const up = '\u001b[A';
const down = '\u001b[B';
const right = '\u001b[C';
const leave = '\u001b';
const tour = ['?', ' ', leave, 'c', down, down, right, down, leave, up, leave, 'h', 'h', 'h', 'h'];
const reading = [' ', 'j', 'j', 'w', 'p', leave, 'w', ' ', leave];
const explorer = [
  '\r',
  '\r',
  leave,
  down,
  down,
  't',
  ' ',
  ' ',
  '?',
  leave,
  '/',
  'b',
  'u',
  '\r',
  'n',
];

const folder = await mkdtemp(join(tmpdir(), 'handroll-tour-bench-'));
const options = ['--workdir', join(folder, 'w'), '--containerd', 'private'];
const made = spawnSync(process.execPath, [cli, 'run', '--to', '04-layout', ...options]);
if (made.status !== 0) throw new Error(`run ended with ${made.status}: ${made.stderr}`);
for (const size of sizes) {
  await measure('tour', options, size, [...tour, ...reading]);
  await measure('explorer', ['explore', ...options.slice(0, 2)], size, explorer);
}
spawnSync(process.execPath, [cli, 'cleanup', ...options]);
await rm(folder, { recursive: true, force: true });
process.exit(0);

async function measure(name, args, size, keys) {
  const env = { ...process.env, CI: 'false', LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' };
  const terminal = pty.spawn(process.execPath, [cli, ...args], { ...size, env });
  let bytes = 0;
  let shown = '';
  let last = performance.now();
  terminal.onData((data) => {
    bytes += Buffer.byteLength(data);
    shown += data;
    last = performance.now();
  });
  const silence = async (milliseconds) => {
    last = performance.now();
    while (performance.now() - last < milliseconds) await new Promise((go) => setTimeout(go, 20));
  };
  // The key line is complete once the machine, or the image, was looked at.
  while (!/ help/.test(stripVTControlCharacters(shown))) await silence(quiet);
  await silence(3 * quiet);
  const opening = bytes;
  const before = processorTime(terminal.pid);
  const each = [];
  for (const key of keys) {
    const begun = bytes;
    terminal.write(key);
    await silence(quiet);
    each.push(bytes - begun);
  }
  const spent = processorTime(terminal.pid) - before;
  const ended = new Promise((resolve) => terminal.onExit(resolve));
  terminal.kill();
  await ended;
  const per = Math.round((bytes - opening) / keys.length);
  console.log(
    `${name.padEnd(9)} ${size.cols}x${size.rows}: ${opening} bytes to open, ${per} bytes a key, ${Math.round(spent / keys.length)} ms of processor a key`,
  );
  if (process.env.EACH) console.log(`  ${each.join(' ')}`);
}

/** Milliseconds that a process has used a processor; the kernel counts in hundredths of a second. */
function processorTime(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return (Number(user) + Number(system)) * 10;
}
