import { variables } from '../../lessons/index.ts';
import { lookAt } from '../engine/look.ts';
import { openProgress } from '../engine/progress.ts';
import { knownVariables } from '../engine/variables.ts';
import { claim } from '../host/ownership.ts';
import { keepTicket } from '../host/privilege.ts';
import { handOver } from '../host/shell.ts';
import { ownShell } from '../host/user-shell/own-shell.ts';
import { type Command, textOption } from './command.ts';
import { becomeAble, equipTerminals, hostFrom } from './opening.ts';

export const shell: Command = {
  description: `Opens your $SHELL in the working directory, with the names used in the scripts set, and with a \`ctr\`
and a \`sudo ctr\` that reach the tour's containerd, which runs at least as long as the shell does. Your
own start-up files are read and your history is yours; only the prompt says where you are.`,
  run: async (args, io) => {
    const host = await hostFrom(args);
    await becomeAble(host, io);
    claim(host.workspace);
    equipTerminals(host, args);
    const stopTicket = keepTicket(host.privilege);
    // Ctrl-C is meant for the program in the shell.
    const ignore = () => {};
    process.on('SIGINT', ignore);
    try {
      await host.containerd();
      const look = lookAt(host, openProgress(host.workspace, { keep: false }));
      const known = await knownVariables(look, variables);
      const cwd = host.workspace.dir;
      const command = textOption(args, 'command');
      if (command !== undefined) {
        return await handOver(host.atTerminal(['/bin/sh', '-c', command]), {
          env: host.learnersEnvironment(known),
          cwd,
        });
      }
      const { argv, env } = ownShell(host, known, '(tour, exit ends it) ');
      io.err("This is the tour's shell. `exit` ends it.");
      return await handOver(argv, { env, cwd });
    } finally {
      process.off('SIGINT', ignore);
      stopTicket();
      host.close();
    }
  },
};
