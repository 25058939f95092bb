import { type Containerd, Silent } from '../host/containerd.ts';

/** Milliseconds between two questions: few scripts last so long. */
const pause = 5000;

/**
 * Asks containerd now and then while a script does: one that takes questions and does not answer, a
 * script would wait for without end.
 * @param onSilence called once, if there is no answer
 * @returns stops asking
 */
export function heedSilence(
  containerd: Containerd,
  onSilence: (error: Silent) => void,
): () => void {
  let timer: NodeJS.Timeout;
  let over = false;
  const ask = async () => {
    try {
      await containerd.namespaces();
    } catch (error) {
      // Anything else the script meets itself, and says so.
      if (!over && error instanceof Silent) return onSilence(error);
    }
    if (!over) next();
  };
  const next = () => {
    timer = setTimeout(ask, pause);
    timer.unref();
  };
  next();
  return () => {
    over = true;
    clearTimeout(timer);
  };
}
