/** Whether a kernel, as `uname -r` names it, is older than a version. */
export function isBefore(kernel: string, major: number, minor: number): boolean {
  const [ours = 0, next = 0] = kernel.split('.').map((part) => Number.parseInt(part, 10));
  return ours < major || (ours === major && next < minor);
}
