import { useEffect, useState } from 'react';
import { useNavigationType } from 'react-router';

const storageKey = 'careloop-last-opened';

export const rowId = (loopId: string) => `loop-${loopId}`;

export function rememberOpened(loopId: string): void {
  try {
    sessionStorage.setItem(storageKey, loopId);
  } catch {
    // storage is switched off: the keyboard starts at the top again
  }
}

/** Coming back with the browser's back button, the keyboard is at the row one left by. */
export function useReturn(): void {
  const arrivedBy = useNavigationType();
  const [cameBack] = useState(arrivedBy === 'POP');
  useEffect(() => {
    const id = takeLastOpened();
    if (cameBack && id) document.getElementById(rowId(id))?.focus({ preventScroll: true });
  }, [cameBack]);
}

function takeLastOpened(): string | null {
  try {
    const id = sessionStorage.getItem(storageKey);
    sessionStorage.removeItem(storageKey);
    return id;
  } catch {
    return null;
  }
}
