import type { Privilege } from '../privilege.ts';
import { runInteractive } from '../shell.ts';
import { installation, thisDistribution } from './packages.ts';
import type { Prerequisite } from './tools.ts';

/** What is missing here, and the commands that bring it. */
export interface InstallPlan {
  /** As one would type them, with `sudo` where it is needed. */
  readonly commands: readonly string[];
  /** What to know about these commands on this distribution. */
  readonly note: string | undefined;
  /** Said where there is no command: an unknown distribution. */
  readonly instead: string | undefined;
}

export function planInstall(
  found: readonly Prerequisite[],
  privilege: Privilege | undefined,
): InstallPlan {
  const missing = found.filter(({ status }) => status !== 'ok').map(({ id }) => id);
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
 * Runs them one after the other, with the terminal in their hands.
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
