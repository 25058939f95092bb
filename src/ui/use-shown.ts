import { useEffect } from 'react';

/** Calls back when the first frame is on the screen. Before `useInput`, the terminal is not in raw mode yet. */
export function useShown(onShown: () => void): void {
  useEffect(onShown, [onShown]);
}
