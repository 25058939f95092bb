import { useEffect, useState } from 'react';

/** Milliseconds since `active` became true, updated every second; 0 while it's false. */
export function useElapsed(active: boolean): number {
  const [elapsed, setElapsed] = useState(0);
  useEffect(() => {
    if (!active) return;
    const started = performance.now();
    const timer = setInterval(() => setElapsed(performance.now() - started), 1000);
    return () => {
      clearInterval(timer);
      setElapsed(0);
    };
  }, [active]);
  return active ? elapsed : 0;
}
