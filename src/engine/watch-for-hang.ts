import { type Containerd, Unresponsive } from '../host/containerd.ts';

/** Milliseconds between two requests: few scripts run that long. */
const intervalMs = 5000;

/**
 * Pings containerd while a script uses it: a script would wait forever for a daemon that accepts
 * connections and doesn't answer.
 * @param onHang called once, if there is no answer
 * @returns a function that stops the pings
 */
export function watchForHang(
  containerd: Containerd,
  onHang: (error: Unresponsive) => void,
): () => void {
  let timer: NodeJS.Timeout;
  let over = false;
  const ask = async () => {
    try {
      await containerd.namespaces();
    } catch (error) {
      // The script runs into any other error itself, and reports it.
      if (!over && error instanceof Unresponsive) return onHang(error);
    }
    if (!over) next();
  };
  const next = () => {
    timer = setTimeout(ask, intervalMs);
    timer.unref();
  };
  next();
  return () => {
    over = true;
    clearTimeout(timer);
  };
}
