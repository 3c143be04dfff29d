import { createContext, useContext, useEffect, useEffectEvent, useSyncExternalStore } from 'react';
import type { Live, LiveNews, LiveState } from './live.ts';

export const LiveContext = createContext<Live | null>(null);

function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error('LiveContext is missing above this component');
  return live;
}

export function useNews(listener: (news: LiveNews) => void | Promise<void>): void {
  const live = useLive();
  const hear = useEffectEvent(listener);
  useEffect(() => live.onNews((news) => void hear(news)), [live]);
}

export function useLiveState(): LiveState {
  const live = useLive();
  return useSyncExternalStore(live.onState, live.state);
}
