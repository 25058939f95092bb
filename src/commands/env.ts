import { variables } from '../../lessons/index.ts';
import { openObservation } from '../engine/observation.ts';
import { openProgress } from '../engine/progress.ts';
import { knownVariables } from '../engine/variables.ts';
import { Exit, TourError } from '../errors.ts';
import {
  callerDialect,
  dialectOf,
  dialects,
  exportLines,
} from '../host/user-shell/shell-dialect.ts';
import { type Arguments, type Command, textOption } from './command.ts';
import { openHostFrom } from './open-session.ts';

export const env: Command = {
  description: `  . ~/container-demo/.handroll-tour/env                in another terminal
  source ~/container-demo/.handroll-tour/env.fish      in fish
  eval "$(handroll-tour env)"                          for what is known since

Those files call this command. It prints export lines with the names used in the scripts, as far as their values are known: WORKDIR,
CTR_NAMESPACE, OCI_DIR, BASE_DIFFID, BASE_DIGEST and so on. Puts the \`ctr\` that reaches a private
containerd first on PATH, and a \`sudo\` that knows it; it answers while a tour is open.`,
  run: async (args, io) => {
    const dialect = dialectFor(args);
    const host = await openHostFrom(args);
    try {
      const observation = openObservation(host, openProgress(host.workspace, { keep: false }));
      const known = await knownVariables(observation, variables);
      // In a shell that has been told before, PATH would grow each time.
      const isFirst = process.env.PATH?.split(':')[0] === host.pathFirst;
      const pathFirst = isFirst ? undefined : host.pathFirst;
      for (const line of exportLines(known, pathFirst, dialect)) io.out(line);
      if (host.privilege === 'rootless') {
        io.err("ctr works here, but the scripts' mounts are only visible in handroll-tour shell.");
      }
      return Exit.good;
    } finally {
      host.close();
    }
  },
};

function dialectFor(args: Arguments) {
  const shell = textOption(args, 'shell');
  if (shell === undefined) return callerDialect();
  if (dialects.some((each) => each === shell)) return dialectOf(shell);
  throw new TourError(`--shell cannot be '${shell}'.`, {
    hint: `Use one of ${dialects.join(', ')}.`,
    exit: Exit.usage,
  });
}
