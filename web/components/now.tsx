import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';

const tickMs = 30_000;
const NowContext = createContext(0);

/** One clock for the page, so that everything on it becomes late at the same moment. */
export function NowProvider({ children }: { children: ReactNode }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), tickMs);
    return () => clearInterval(timer);
  }, []);
  return <NowContext value={now}>{children}</NowContext>;
}

export function useNow(): number {
  return useContext(NowContext);
}
