import { useEffect } from 'react';

/** Calls back when the first frame is on the screen, but before `useInput` has set raw mode. */
export function useShown(onShown: () => void): void {
  useEffect(onShown, [onShown]);
}
