import { type Containerd, Silent } from '../host/containerd.ts';

/** Milliseconds between two requests: few scripts run that long. */
const pause = 5000;

/**
 * Pings containerd while a script uses it: a script would wait forever for a daemon that accepts
 * connections and doesn't answer.
 * @param onSilence called once, if there is no answer
 * @returns a function that stops the pings
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
      // The script runs into any other error itself, and reports it.
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
