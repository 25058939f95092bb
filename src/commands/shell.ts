import { variables } from '../../lessons/index.ts';
import { lookAt } from '../engine/look.ts';
import { openProgress } from '../engine/progress.ts';
import { knownVariables } from '../engine/variables.ts';
import { keepTicket } from '../host/privilege.ts';
import { handOver } from '../host/shell.ts';
import { claim } from '../host/workspace.ts';
import type { Command } from './command.ts';
import { becomeAble, hostFrom, textOption } from './opening.ts';

export const shell: Command = {
  summary: 'a shell with those set, in which plain `ctr` works',
  usage: `Usage: handroll-tour shell [-c COMMAND]

Opens your $SHELL in the working directory, with the names used in the scripts set, and with a \`ctr\`
that reaches the tour's containerd, which runs at least as long as the shell does.

  -c COMMAND   run this instead, with /bin/sh; its exit code is the exit code`,
  options: { command: { type: 'string', short: 'c' } },
  run: async (args, io) => {
    const host = await hostFrom(args);
    await becomeAble(host, io);
    claim(host.workspace);
    const stopTicket = keepTicket(host.privilege);
    // Ctrl-C belongs to what runs in the shell.
    const ignore = () => {};
    process.on('SIGINT', ignore);
    try {
      await host.containerd();
      const look = lookAt(host, openProgress(host.workspace, { keep: false }));
      const env = host.environment(await knownVariables(look, variables));
      const command = textOption(args, 'command');
      const argv =
        command === undefined ? [process.env.SHELL || '/bin/sh'] : ['/bin/sh', '-c', command];
      if (command === undefined) io.err('A shell of the tour. `exit` ends it.');
      const { dir } = host.workspace;
      return await handOver(host.atTerminal(argv), { env, cwd: dir });
    } finally {
      process.off('SIGINT', ignore);
      stopTicket();
      host.close();
    }
  },
};
