import chalk from 'chalk';
import { render } from 'ink';
import type { ReactNode } from 'react';
import { type Cell, Display } from './display.ts';
import type { Terminal } from './terminal.ts';
import { colorLevel, type Theme } from './theme.ts';

export interface MountOptions {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly theme: Theme;
  /** A terminal that has been entered. */
  readonly terminal: Terminal;
  /** Where the learner types, if that's somewhere on the screen. */
  readonly cursor?: () => Cell | undefined;
}

// The theme decides what is styled. chalk, which Ink uses, would guess from the terminal's name whether
// there are colours, and supports neither NO_COLOR nor bold without colours. How many colours there are
// matters only for the learner's own shell: the theme uses the sixteen.
chalk.level = colorLevel(process.env);

/**
 * Puts an app on the screen.
 *
 * @returns unmounts it again: the keyboard is no longer read, and the screen stays as it is
 */
export function mount(
  app: ReactNode,
  { stdin, stdout, theme, terminal, cursor }: MountOptions,
  onBug: (error: unknown) => void,
): () => Promise<void> {
  const display = new Display(stdout, { spoken: theme.spoken, ...(cursor && { cursor }) });
  const ink = render(app, {
    // Ink 6.8 erases all it has drawn and draws it anew for every change, which flickers. With
    // `incrementalRendering` it moves up by one line less than it should and draws a line too low, and on
    // a frame as high as the terminal it clears the screen each time. So we ask it for whole frames
    // (`debug`: each update as separate output), and the display writes the lines that changed. Ink uses
    // no more of a stream than the display has: its size, 'resize' and write().
    stdout: display as unknown as NodeJS.WriteStream,
    debug: true,
    stdin,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  ink.waitUntilExit().catch(onBug);
  return async () => {
    display.close();
    ink.unmount();
    ink.cleanup();
    await terminal.quiet();
  };
}
