// `npm run readme`: what README.md tells people to type, typed as it stands, on each npm and each Node that
// it names; what an older Node gets to read; and the tarball without a network.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildBundle, installPackages, root as project, say } from '../../.config/tree.mjs';

const usage = `npm run readme -- [--versions DIR] [--pair NODE/NPM]...

Types what README.md says, each line in a terminal, on Node 20.19 with npm 9 and 10, Node 22 with npm 10
and 11, 24 with 11 and 12, and 26 with 12, all from the npm registry. Takes some minutes for each pair.

  --versions DIR     where Node and npm are kept (default ~/.cache/handroll-tour/versions)
  --pair NODE/NPM    only these, such as 22/11`;

const pairs = ['20.19/9', '20.19/10', '22/10', '22/11', '24/11', '24/12', '26/12'];
const refused = ['12', '18'];

const { values } = parseArgs({
  options: {
    help: { type: 'boolean' },
    versions: { type: 'string', default: join(homedir(), '.cache/handroll-tour/versions') },
    pair: { type: 'string', multiple: true, default: pairs },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}
installPackages();
buildBundle();
const { lessonIsSeen, walkToLesson } = await import('./cells.mjs');
const { terminal } = await import('./terminal.mjs');
const { network } = await import('./world.mjs');

const npmCli = process.env.npm_execpath ?? '';
const { env: registry } = network(npmCli);
const readme = readFileSync(join(project, 'README.md'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'handroll-tour-readme-'));
const clone = join(folder, 'clone');
let failed = 0;
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

execFileSync('git', ['clone', '--quiet', '--no-hardlinks', project, clone]);
for (const pair of values.pair) await typeAll(pair);
for (const node of refused) refusal(node);
say(failed === 0 ? 'All of it works.' : `${failed} lines do not work.`);
process.exitCode = failed === 0 ? 0 : 1;

/** A version from the npm registry, as the package that it is there. */
function version(name, wanted) {
  const place = join(values.versions, name, wanted);
  const installed = join(place, 'node_modules', name);
  if (!existsSync(installed)) {
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'package.json'), '{}');
    const argv = [npmCli, 'install', '--silent', '--no-audit', '--no-fund', `${name}@${wanted}`];
    execFileSync(process.execPath, argv, { cwd: place, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  return join(installed, 'bin');
}

/** What README says for an npm, to take it once; undefined where a tarball is the way. */
function onceWith(npm) {
  const rows = readme.matchAll(/^\| ([\d, ]+) \| `([^`]+)` \|$/gm);
  const own = [...rows].find(([, versions]) => versions?.split(', ').includes(npm));
  return own?.[2]?.replace('/path/to/clone', clone);
}

/** What README has in backquotes and begins like this. */
function line(beginning) {
  const found = [...readme.matchAll(/`([^`\n]+)`/g)].find(([, text]) =>
    text?.startsWith(beginning),
  );
  if (found === undefined) throw new Error(`README no longer says ${beginning} …`);
  return found[1] ?? '';
}

async function typeAll(pair) {
  const [node = '', npm = ''] = pair.split('/');
  const home = join(folder, pair.replace('/', '-'));
  mkdirSync(join(home, 'prefix'), { recursive: true });
  const env = {
    ...registry,
    HOME: home,
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    CTR_NAMESPACE: `readme-${process.pid}`,
    npm_config_prefix: join(home, 'prefix'),
    PATH: [
      join(home, 'prefix/bin'),
      npmCommands(version('npm', npm), home),
      version('node', node),
      process.env.PATH,
    ].join(':'),
  };
  const versions = shell('node --version; npm --version', home, env).stdout.trim().split('\n');
  say(`Node ${versions[0]}, npm ${versions[1]}`);
  const once = onceWith(npm);
  await opens('npm start', clone, env);
  await ends('npm start -- list', clone, env);
  await opens('npx handroll-tour', clone, env);
  if (once !== undefined) await opens(once, home, env);
  await ends('npm run pack', clone, env);
  shell(`cp "${clone}"/*.tgz .`, home, env);
  await ends(line('npm install -g ./handroll-tour-'), home, env);
  await opens('handroll-tour', home, env);
  await ends(`. ~/container-demo/.handroll-tour/env && eval "$(handroll-tour env)"`, home, env);
  await ends('handroll-tour cleanup', home, env);
  shell('npm uninstall -g handroll-tour', home, env);
  await opens(line('npx -p ./handroll-tour-'), home, env, ['unshare', '--net']);
  await ends(`${line('npx -p ./handroll-tour-')} cleanup`, home, env);
}

/** npm's package has its commands as scripts without the names that people type. */
function npmCommands(bin, home) {
  const commands = join(home, 'npm');
  mkdirSync(commands);
  for (const name of ['npm', 'npx']) {
    const script = `#!/bin/sh\nexec node "${join(bin, `${name}-cli.js`)}" "$@"\n`;
    writeFileSync(join(commands, name), script, { mode: 0o755 });
  }
  return commands;
}

/** The line opens the tour, and q leaves it. */
async function opens(text, cwd, env, through = []) {
  await told(text, async () => {
    const it = terminal('env', ['-C', cwd, ...through, 'bash', '-c', text], env);
    try {
      await walkToLesson(it, 300);
      if (!lessonIsSeen(it)) return `no lesson: ${it.screen().trim()}`;
      it.type('q');
      const code = await it.ended(60);
      return code === 0 ? undefined : `it ended with ${code}`;
    } finally {
      it.kill();
    }
  });
}

/** The line does what it's for, and ends with 0. */
async function ends(text, cwd, env) {
  await told(text, async () => {
    const { status, stdout, stderr } = shell(text, cwd, env);
    return status === 0 ? undefined : `it ended with ${status}: ${(stdout + stderr).trim()}`;
  });
}

async function told(text, work) {
  const begun = performance.now();
  const wrong = await work().catch((error) => error.message);
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  if (wrong !== undefined) failed += 1;
  const shown = text.replaceAll(clone, '/path/to/clone');
  say(`  ${wrong === undefined ? '✔' : '✗'} ${shown}, ${seconds} s${wrong ? `\n${wrong}` : ''}`);
}

function shell(text, cwd, env) {
  return spawnSync('bash', ['-c', text], {
    cwd,
    env,
    encoding: 'utf8',
    maxBuffer: Number.POSITIVE_INFINITY,
  });
}

/** An older Node is told what is needed, by what is installed and by a clone. */
function refusal(node) {
  const path = `${version('node', node)}:${process.env.PATH}`;
  const env = { ...registry, HOME: folder, PATH: path };
  for (const file of ['dist/handroll-tour.cjs', '.config/require-node.cjs']) {
    const { status, stderr } = shell(`node ${join(project, file)}`, folder, env);
    const [first = ''] = stderr.split('\n');
    const ok = status === 3 && first.startsWith('handroll-tour needs Node ');
    if (!ok) failed += 1;
    say(`  ${ok ? '✔' : '✗'} Node ${node}, ${file}: ${status}, ${first}`);
  }
}
