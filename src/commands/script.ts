import { originalOf, rebuildScript } from '../../lessons/rebuild.ts';
import { openObservation } from '../engine/observation.ts';
import { openProgress } from '../engine/progress.ts';
import { Exit } from '../errors.ts';
import type { Command } from './command.ts';
import { deliver } from './deliver.ts';
import { openHostFrom } from './open-session.ts';

export const script: Command = {
  description: `Prints a bash script that builds the image of this tour again, to the byte, with nothing but ordinary
tools: neither handroll-tour nor a containerd, nor root. It is made of the lessons' own scripts and of
what is known of your image, and compares what comes out with that. It can be written at any time;
what is not built yet it builds as the lessons do.

  handroll-tour script -o rebuild.sh
  bash rebuild.sh some-empty-directory`,
  run: async (args, io) => {
    const host = await openHostFrom(args);
    try {
      const observation = openObservation(host, openProgress(host.workspace, { keep: false }));
      const original = await originalOf(observation);
      deliver(
        rebuildScript(original),
        { args, io, workspace: host.workspace },
        {
          executable: true,
          written: (path) =>
            `${path} builds the image again, in an empty directory: bash ${path} DIR`,
        },
      );
      const [first] = original.unmet;
      if (first !== undefined) {
        io.err(
          `${first} does not hold here now: from that step on, the script follows the lessons.`,
        );
      }
      return Exit.good;
    } finally {
      host.close();
    }
  },
};
