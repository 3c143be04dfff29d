/** What arrives by itself: loops that changed, or "you were away, ask again". */
export type LiveNews = { kind: 'changed'; ids: string[] } | { kind: 'reconnected' };
/** `asking`: nobody tells, the page asks now and then. */
export type LiveState = 'connecting' | 'live' | 'reconnecting' | 'asking';

export interface Live {
  onNews(listener: (news: LiveNews) => void): () => void;
  onState(listener: () => void): () => void;
  state(): LiveState;
  close(): void;
}

const gatherMs = 400;
const reopenMs = 5_000;
const promptMs = 1_000;

const askMs = 20_000;
const leftAloneMs = 5 * 60_000;

/**
 * For those the hub's events are not for: the page asks again now and then, while somebody is at it. A page left alone
 * asks nothing, or its session would never be idle.
 */
export function openAsking(): Live {
  const listeners = new Set<(news: LiveNews) => void>();
  const closing = new AbortController();
  let touchedAt = performance.now();
  const touched = () => {
    touchedAt = performance.now();
  };
  for (const sign of ['pointerdown', 'pointermove', 'keydown', 'scroll'])
    addEventListener(sign, touched, { passive: true, signal: closing.signal });
  const timer = setInterval(() => {
    if (document.hidden || performance.now() - touchedAt > leftAloneMs) return;
    for (const listener of listeners) listener({ kind: 'reconnected' });
  }, askMs);
  return {
    onNews: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onState: () => () => undefined,
    state: () => 'asking',
    close: () => {
      clearInterval(timer);
      closing.abort();
    },
  };
}

/**
 * Listens to the hub's events until it is closed; events of one moment are told as one.
 * @param onRefused called when the hub does not let listen: whoever was signed in may not be any more
 */
export function openLive(address: string, onRefused: () => void): Live {
  const newsListeners = new Set<(news: LiveNews) => void>();
  const stateListeners = new Set<() => void>();
  const gathered = new Set<string>();
  let state: LiveState = 'connecting';
  let source: EventSource | undefined;
  let reopening: ReturnType<typeof setTimeout> | undefined;

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
    const opened = new EventSource(address);
    source = opened;
    const started = performance.now();
    opened.addEventListener('open', () => {
      // What happened before the stream stood was not told: whoever asked earlier has to ask again.
      const missedSome = state === 'reconnecting' || performance.now() - started > promptMs;
      setState('live');
      if (missedSome) tell({ kind: 'reconnected' });
    });
    opened.addEventListener('error', () => {
      setState('reconnecting');
      // The browser reconnects by itself unless the answer was an error, e.g. a proxy's 503.
      if (opened.readyState !== EventSource.CLOSED) return;
      onRefused();
      reopening = setTimeout(open, reopenMs);
    });
    opened.addEventListener('loop', (event) => {
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
    close: () => {
      clearTimeout(reopening);
      source?.close();
    },
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
