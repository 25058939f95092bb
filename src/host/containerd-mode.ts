/** Whose containerd the tour works with: the one that the system runs, or one of its own. */
export type ContainerdMode = 'system' | 'private';
export const containerdChoices = ['auto', 'system', 'private'] as const;
export type ContainerdChoice = (typeof containerdChoices)[number];
