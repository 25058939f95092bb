/** Which containerd the tour works with: the system's or a private one. */
export type ContainerdMode = 'system' | 'private';
export const containerdChoices = ['auto', 'system', 'private'] as const;
export type ContainerdChoice = (typeof containerdChoices)[number];
