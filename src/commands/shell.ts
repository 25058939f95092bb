import { variables } from '../../lessons/index.ts';
import { openObservation } from '../engine/observation.ts';
import { openProgress } from '../engine/progress.ts';
import { knownVariables } from '../engine/variables.ts';
import { claim } from '../host/ownership.ts';
import { keepSudoTicket } from '../host/privilege.ts';
import { runInteractive } from '../host/shell.ts';
import { userShell } from '../host/user-shell/user-shell.ts';
import { type Command, textOption } from './command.ts';
import { ensureSudo, equipTerminals, openHostFrom } from './open-session.ts';

export const shell: Command = {
  description: `Opens your $SHELL in the working directory, with the names used in the scripts set, and with a \`ctr\`
and a \`sudo ctr\` that reach the tour's containerd, which runs at least as long as the shell does. Your
own start-up files are read and your history is yours; only the prompt says where you are.`,
  run: async (args, io) => {
    const host = await openHostFrom(args);
    await ensureSudo(host, io);
    claim(host.workspace);
    equipTerminals(host, args);
    const stopTicket = keepSudoTicket(host.privilege);
    // Ctrl-C is meant for the program in the shell.
    const ignore = () => {};
    process.on('SIGINT', ignore);
    try {
      await host.containerd();
      const observation = openObservation(host, openProgress(host.workspace, { keep: false }));
      const known = await knownVariables(observation, variables);
      const cwd = host.workspace.dir;
      const command = textOption(args, 'command');
      if (command !== undefined) {
        return await runInteractive(host.atTerminal(['/bin/sh', '-c', command]), {
          env: host.learnersEnvironment(known),
          cwd,
        });
      }
      const { argv, env } = userShell(host, known, '(tour) ');
      io.err("A shell with the tour's variables. exit ends it.");
      return await runInteractive(argv, { env, cwd });
    } finally {
      process.off('SIGINT', ignore);
      stopTicket();
      host.close();
    }
  },
};
