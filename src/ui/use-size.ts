import { useStdout } from 'ink';
import { useEffect, useState } from 'react';
import type { Size } from './view.ts';

/** The current size of the terminal. */
export function useSize(): Size {
  const { stdout } = useStdout();
  const [size, setSize] = useState(() => sizeOf(stdout));
  useEffect(() => {
    const resized = () => setSize(sizeOf(stdout));
    stdout.on('resize', resized);
    return () => void stdout.off('resize', resized);
  }, [stdout]);
  return size;
}

export function sizeOf({ columns, rows }: { columns: number; rows: number }): Size {
  return { columns: columns || 80, rows: rows || 24 };
}
