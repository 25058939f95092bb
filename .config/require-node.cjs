// Loaded first, so that a Node that is too old prints a sentence instead of a syntax error. `npm start`
// and `npm test` use this file, and so does the published program.
const manifest = require('../package.json');

const needed = manifest.engines.node.match(/\d+/g).map(Number);
const present = process.versions.node.split('.').map(Number);

if (present[0] < needed[0] || (present[0] === needed[0] && present[1] < needed[1])) {
  process.stderr.write(
    `${manifest.name} needs Node ${needed.join('.')} or newer, and this is Node ${process.versions.node}.\n` +
      'How to get one: https://nodejs.org/en/download\n',
  );
  process.exit(3);
}
