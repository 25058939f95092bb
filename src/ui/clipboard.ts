import { execFile } from 'node:child_process';

/** Which program is between the tour and the terminal. */
type Multiplexer = 'tmux' | 'screen' | undefined;

function multiplexerIn({ TMUX, STY }: NodeJS.ProcessEnv): Multiplexer {
  return TMUX ? 'tmux' : STY ? 'screen' : undefined;
}

/** screen passes on a string of at most this many characters (its `MAXSTR` is 4096, once it was 256). */
const screenPiece = 240;

/**
 * OSC 52: asks the terminal to put a text into the clipboard. screen passes it on in pieces, each in a
 * string of its own.
 * @see https://invisible-island.net/xterm/ctlseqs/ctlseqs.html (Operating System Commands, 52)
 */
export function clipboardSequence(text: string, env: NodeJS.ProcessEnv): string {
  const asked = `\u001b]52;c;${Buffer.from(text).toString('base64')}\u0007`;
  if (multiplexerIn(env) !== 'screen') return asked;
  const pieces = asked.match(new RegExp(`[^]{1,${screenPiece}}`, 'g')) ?? [];
  return pieces.map((piece) => `\u001bP${piece}\u001b\\`).join('');
}

/** Where a text went, as far as can be known. */
type Copied = 'tmux' | 'asked';

/**
 * Copies a text. A terminal doesn't tell whether it did what OSC 52 asks for; tmux does, and by default it
 * takes nothing from OSC 52, so that is asked by its own command, which passes it on to the terminal (-w,
 * since 3.2).
 */
export async function copy(
  text: string,
  { env, stdout }: { readonly env: NodeJS.ProcessEnv; readonly stdout: NodeJS.WritableStream },
): Promise<Copied> {
  if (multiplexerIn(env) === 'tmux') {
    for (const options of [['-w'], []]) {
      if (await intoTmux(text, options, env)) return 'tmux';
    }
  }
  stdout.write(clipboardSequence(text, env));
  return 'asked';
}

function intoTmux(
  text: string,
  options: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<boolean> {
  return new Promise((resolve) => {
    const tmux = execFile(
      'tmux',
      ['load-buffer', ...options, '-'],
      { env, timeout: 2000 },
      (error) => resolve(error === null),
    );
    // If there is no tmux to read it, the callback says so.
    tmux.stdin?.on('error', () => {});
    tmux.stdin?.end(text);
  });
}

/** What the learner is told: where the text is now. @param file where it was kept, if it was */
export function copiedText(copied: Copied, file: string | undefined): string {
  const where =
    copied === 'tmux'
      ? "Copied to tmux's buffer, and to the clipboard if tmux may."
      : 'Copied to the clipboard, if this terminal lets programs do that.';
  return file === undefined ? where : `${where} It is also in \`${file}\`.`;
}
