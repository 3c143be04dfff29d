/** What arrives by itself: loops that changed, or "you were away, ask again". */
export type LiveNews = { kind: 'changed'; ids: string[] } | { kind: 'reconnected' };
export type LiveState = 'connecting' | 'live' | 'reconnecting';

export interface Live {
  onNews(listener: (news: LiveNews) => void): () => void;
  onState(listener: () => void): () => void;
  state(): LiveState;
}

const gatherMs = 400;
const reopenMs = 5_000;
const promptMs = 1_000;

/** Listens to the hub's events for as long as the page is open; events of one moment are told as one. */
export function openLive(address: string): Live {
  const newsListeners = new Set<(news: LiveNews) => void>();
  const stateListeners = new Set<() => void>();
  const gathered = new Set<string>();
  let state: LiveState = 'connecting';

  const tell = (news: LiveNews) => {
    for (const listener of newsListeners) listener(news);
  };
  const setState = (next: LiveState) => {
    state = next;
    for (const listener of stateListeners) listener();
  };
  const flush = () => {
    const ids = [...gathered];
    gathered.clear();
    tell({ kind: 'changed', ids });
  };
  const gather = (id: string) => {
    if (gathered.size === 0) setTimeout(flush, gatherMs);
    gathered.add(id);
  };
  const open = () => {
    const source = new EventSource(address);
    const started = performance.now();
    source.addEventListener('open', () => {
      // What happened before the stream stood was not told: whoever asked earlier has to ask again.
      const missedSome = state === 'reconnecting' || performance.now() - started > promptMs;
      setState('live');
      if (missedSome) tell({ kind: 'reconnected' });
    });
    source.addEventListener('error', () => {
      setState('reconnecting');
      // The browser reconnects by itself unless the answer was an error, e.g. a proxy's 503.
      if (source.readyState === EventSource.CLOSED) setTimeout(open, reopenMs);
    });
    source.addEventListener('loop', (event) => {
      const id = idOf(event.data);
      if (id) gather(id);
    });
  };
  open();

  return {
    onNews: (listener) => {
      newsListeners.add(listener);
      return () => newsListeners.delete(listener);
    },
    onState: (listener) => {
      stateListeners.add(listener);
      return () => stateListeners.delete(listener);
    },
    state: () => state,
  };
}

function idOf(data: unknown): string | null {
  try {
    const { id } = JSON.parse(String(data)) as { id?: unknown };
    return typeof id === 'string' ? id : null;
  } catch {
    return null;
  }
}
