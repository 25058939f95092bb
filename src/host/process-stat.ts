/** A process, from its `/proc/PID/stat`. */
export interface ProcessStat {
  readonly name: string;
  /** A letter: R runs, S sleeps, Z has ended. */
  readonly state: string;
  readonly parent: number;
  /** In clock ticks since boot; distinguishes a process from a later one with the same number. */
  readonly started: string;
}

/** Reads a `/proc/PID/stat` (proc_pid_stat(5)). The name in it may hold spaces and brackets. */
export function readStat(text: string): ProcessStat {
  const end = text.lastIndexOf(')');
  const fields = text.slice(end + 2).split(' ');
  return {
    name: text.slice(text.indexOf('(') + 1, end),
    state: fields[0] ?? '',
    parent: Number(fields[1]),
    started: fields[19] ?? '',
  };
}
