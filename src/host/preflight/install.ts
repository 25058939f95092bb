import type { Privilege } from '../privilege.ts';
import { runInteractive } from '../shell.ts';
import type { ObstacleId } from './obstacles.ts';
import { installation, thisDistribution } from './packages.ts';
import type { Prerequisite } from './tools.ts';

/** The commands that install what is missing. */
interface InstallPlan {
  /** As they would be typed, with `sudo` where it is needed. */
  readonly commands: readonly string[];
  /** A note about these commands on this distribution. */
  readonly note: string | undefined;
  /** What to say instead on an unknown distribution, for which there are no commands. */
  readonly instead: string | undefined;
}

/** What can be wrong with a tool that no package mends. */
const notByPackages: ReadonlySet<ObstacleId | undefined> = new Set<ObstacleId>([
  'ctr-wrapper',
  'tool-hangs',
]);

/** Whether installing a package could mend what is wrong with a tool. */
export const isInstallable = ({ status, obstacle }: Prerequisite): boolean =>
  status !== 'ok' && !notByPackages.has(obstacle);

export function planInstall(
  found: readonly Prerequisite[],
  privilege: Privilege | undefined,
): InstallPlan {
  const missing = found.filter(isInstallable).map(({ id }) => id);
  const distribution = thisDistribution();
  const known = installation(distribution, missing);
  if (known === undefined) {
    const instead = `${distribution.name} is none we know how to install on. Missing: ${missing.join(', ')}. containerd comes with ctr, usually with runc; tar has to be GNU tar, busybox a static one.`;
    return { commands: [], note: undefined, instead };
  }
  const prefix = privilege === 'root' ? '' : 'sudo ';
  const commands = known.commands.map((command) => `${prefix}${command}`);
  return { commands, note: known.note, instead: undefined };
}

/**
 * Runs the commands one after the other, in the terminal.
 * @returns the first exit code that is not 0, or 0
 */
export async function install({ commands }: InstallPlan): Promise<number> {
  for (const command of commands) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const code = await runInteractive(command.split(' '), { env, finishes: true });
    if (code !== 0) return code;
  }
  return 0;
}
