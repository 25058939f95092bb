import { useInput } from 'ink';
import { useSyncExternalStore } from 'react';
import type { LabCase } from '../../engine/lab/case.ts';
import { numberOf } from '../../engine/lab/place.ts';
import type { Sandbox } from '../../engine/lab/sandbox.ts';
import { Exit, type ExitCode, refusalIn } from '../../errors.ts';
import { keepCopied } from '../../host/learner-files.ts';
import { runInteractive } from '../../host/shell.ts';
import { userShell } from '../../host/user-shell/user-shell.ts';
import { proseWidth } from '../../text/measure.ts';
import { chop } from '../../text/wrap.ts';
import { copiedText, copy } from '../clipboard.ts';
import { Columns, Page } from '../components/columns.tsx';
import { Footer, Pinned } from '../components/footer.tsx';
import { Header } from '../components/header.tsx';
import { Screen } from '../components/screen.tsx';
import { deferred } from '../deferred.ts';
import { type AloneOptions, type Guest, showAlone } from '../guest.ts';
import { type Key, keysIn } from '../keys.ts';
import { type MountOptions, mount } from '../mount.ts';
import { shellFailure } from '../run-interactive.ts';
import { useShown } from '../use-shown.ts';
import { useSize } from '../use-size.ts';
import type { Size } from '../view.ts';
import { type BeyondLab, createLabController, type LabController } from './controller.ts';
import type { LabKeyContext } from './keymap.ts';
import { type LabViewModel, layOutLab } from './layout.ts';

interface LabAppProps extends Omit<LabViewModel, 'state' | 'size'> {
  readonly store: LabController['store'];
  readonly onKey: (key: Key, size: Size) => void;
  readonly onShown: () => void;
}

function LabApp({ store, theme, leave, onKey, onShown }: LabAppProps) {
  const state = useSyncExternalStore(store.subscribe, store.getSnapshot);
  const size = useSize();
  useShown(onShown);
  useInput((input, key) => {
    for (const each of keysIn(input, key)) onKey(each, size);
  });
  return <LabScreen {...{ state, size, theme, leave }} />;
}

/** The whole screen: the list of cases, or one of them. */
export function LabScreen(model: LabViewModel) {
  const { width, header, columns, pinned, footer } = layOutLab(model);
  const [page] = columns;
  return (
    <Screen size={model.size} theme={model.theme}>
      <Header {...header} width={width} />
      <Columns>{page && <Page {...page} />}</Columns>
      <Pinned lines={pinned} />
      {footer && <Footer {...footer} width={width} />}
    </Screen>
  );
}

interface LabOptions extends MountOptions {
  readonly sandboxes: readonly Sandbox[];
  /** The case that is opened first. */
  readonly labCase?: LabCase | undefined;
  readonly leave: LabKeyContext['leave'];
  readonly env: NodeJS.ProcessEnv;
}

/** Shows the lab on a terminal whose alternate screen is on. */
export function showLab(options: LabOptions): Guest {
  const { theme, leave, terminal, stdout, env } = options;
  let isGone = false;
  let clear = async () => {};
  const ending = deferred<ExitCode>();
  const fail = ending.reject;

  const controller = createLabController({ ...options, perform, onBug: fail });
  const { store, onKey } = controller;
  let isLending = false;

  /** On a full disk, for one, the shell is needed to mend it. */
  function told(error: unknown): void {
    const remark = refusalIn(error);
    if (remark === undefined) fail(error);
    else controller.remark(remark);
  }

  function perform(what: BeyondLab): void {
    switch (what) {
      case 'quit':
        ending.resolve(Exit.good);
        break;
      case 'interrupt':
        ending.resolve(Exit.interrupted);
        break;
      case 'copy':
        copyCommand().catch(told);
        break;
      case 'shell':
        lend(shell).catch(told);
        break;
      case 'suspend':
        // Stop the whole process group, since npx and npm are waiting for us.
        lend(async () => void process.kill(0, 'SIGTSTP')).catch(fail);
    }
  }

  function show(): void {
    const app = { store, theme, leave, onKey, onShown: terminal.guard };
    clear = mount(<LabApp {...app} />, options, fail);
  }

  async function lend(run: () => Promise<void>): Promise<void> {
    // One hand-over at a time, even if several keys arrive together.
    if (isLending) return;
    isLending = true;
    await clear();
    terminal.leave();
    terminal.lent = true;
    try {
      await run();
    } finally {
      terminal.lent = false;
      isLending = false;
      if (!isGone) {
        terminal.enter();
        show();
        controller.check();
      }
    }
  }

  /** The learner's own shell, in the sandbox. */
  async function shell(): Promise<void> {
    const sandbox = controller.current();
    if (sandbox === undefined) return;
    const { labCase, place } = sandbox;
    // Without root, the shell is in the namespaces of the private one.
    await place.host.containerd();
    const {
      name,
      argv,
      env: variables,
    } = userShell(place.host, place.variables, `(lab ${numberOf(labCase)}) `, {
      directory: place.dir,
    });
    const told = `${name} in ${place.dir}. Its containerd namespace is $CTR_NAMESPACE, the layout is $OCI_DIR. handroll-tour lab check tells whether it's mended; exit goes back to the ticket.`;
    const words = [`${labCase.id}: ${labCase.title}`, '', ...chop(told, proseWidth)];
    stdout.write(`\n${words.join('\n')}\n\n`);
    const code = await runInteractive(argv, { env: variables, cwd: place.dir });
    controller.remark(shellFailure(name, code));
  }

  /** Copies the last hint's command, or the ticket's. */
  async function copyCommand(): Promise<void> {
    const { at } = store.getSnapshot();
    const sandbox = controller.current();
    if (at === undefined || sandbox === undefined) return;
    const shown = at.hints.slice(0, at.record?.hints ?? 0);
    const text = shown.findLast(({ command }) => command !== undefined)?.command ?? at.command;
    const path = keepCopied(sandbox.place.host.workspace, text);
    controller.remark(copiedText(await copy(text, { env, stdout }), path));
  }

  show();
  if (options.labCase !== undefined) controller.open(options.labCase);
  return {
    left: ending.promise,
    unmount: async () => {
      isGone = true;
      controller.stop();
      await clear();
      await controller.settled();
    },
  };
}

interface OpenLabOptions extends AloneOptions, Omit<LabOptions, keyof MountOptions | 'leave'> {}

/**
 * Shows the lab until the user leaves it. Always restores the terminal.
 *
 * @returns the exit code
 */
export function openLab(options: OpenLabOptions): Promise<ExitCode> {
  return showAlone(options, (place) => showLab({ ...options, ...place, leave: 'quit' }));
}
