import { variables } from '../../lessons/index.ts';
import { lookAt } from '../engine/look.ts';
import { openProgress } from '../engine/progress.ts';
import { knownVariables } from '../engine/variables.ts';
import { Exit } from '../errors.ts';
import { quoted } from '../host/quoted.ts';
import type { Command } from './command.ts';
import { hostFrom } from './opening.ts';

export const env: Command = {
  summary: 'export lines for your own terminal: eval "$(handroll-tour env)"',
  usage: `Usage: eval "$(handroll-tour env)"

Prints export lines with the names used in the scripts, as far as their values are known: WORKDIR,
CTR_NAMESPACE, OCI_DIR, BASE_DIFFID, BASE_DIGEST and so on. Puts the \`ctr\` that reaches a private
containerd first on PATH; it answers while a tour is open.`,
  run: async (args, io) => {
    const host = await hostFrom(args);
    try {
      const look = lookAt(host, openProgress(host.workspace, { keep: false }));
      const environment = host.environment(await knownVariables(look, variables));
      const changed = Object.entries(environment).filter(
        ([name, value]) => name !== 'PATH' && value !== process.env[name],
      );
      // What is set already and right is said again: the shell that asks may not have it exported.
      for (const name of ['WORKDIR', 'CTR_NAMESPACE', 'OCI_DIR']) {
        io.out(`export ${name}=${quoted(environment[name] ?? '')}`);
      }
      for (const [name, value = ''] of changed) {
        if (!['WORKDIR', 'CTR_NAMESPACE', 'OCI_DIR'].includes(name)) {
          io.out(`export ${name}=${quoted(value)}`);
        }
      }
      if (host.reach.wrapped) io.out(`export PATH=${quoted(host.toolsFirst)}:"$PATH"`);
      return Exit.good;
    } finally {
      host.close();
    }
  },
};
