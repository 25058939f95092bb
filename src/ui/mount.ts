import chalk from 'chalk';
import { render } from 'ink';
import type { ReactNode } from 'react';
import { Display } from './display.ts';
import type { Terminal } from './terminal.ts';
import type { Theme } from './theme.ts';

export interface Place {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly theme: Theme;
  /** A terminal that was entered. */
  readonly terminal: Terminal;
}

// What gets a style is the theme's to say. chalk, which Ink paints with, would guess by the terminal's
// name whether there are colours, and knows neither NO_COLOR nor bold without them.
chalk.level = 1;

/**
 * Puts an app on the screen.
 *
 * @returns takes it away again; the keyboard is nobody's then, and the terminal stays as it is
 */
export function mount(
  app: ReactNode,
  { stdin, stdout, theme, terminal }: Place,
  onBug: (error: unknown) => void,
): () => Promise<void> {
  const display = new Display(stdout, theme);
  const ink = render(app, {
    // Ink 6.8 erases all it has drawn and draws it anew for every change, which flickers. With
    // `incrementalRendering` it moves up by one line less than it should and draws a line too low, and on
    // a frame as high as the terminal it clears the screen each time. So it is asked for whole frames
    // (`debug`: each update as separate output), and the display writes what is new of them. Of a
    // stream Ink needs no more than the display has: its size, 'resize' and write().
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
