import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { countsKey, fetchLoop, type LoopFilter, loopsKey } from '../../api/loops.ts';
import type { LoopSummary } from '../../api/types.ts';
import { useNews } from '../../api/use-live.ts';
import { firstPageOnly, isNewTo, type LoadedPages, loadedIds, withChanges } from './view.ts';

const askAtMost = 25;

export interface LiveList {
  /** How many loops came into this view and are not on the page; 'many' when too much happened at once. */
  news: number | 'many';
  showNews: () => Promise<void>;
}

/** Keeps the rows on the page true without moving them, and counts what came since. */
export function useLiveList(filter: LoopFilter): LiveList {
  const client = useQueryClient();
  const key = loopsKey(filter);
  const name = JSON.stringify(key);
  const [fresh, setFresh] = useState<Fresh>(nothing(name));
  const current = fresh.of === name ? fresh : nothing(name);

  const waiting = useRef(new Set<string>());
  const isAsking = useRef(false);

  const apply = async (ids: string[]) => {
    const before = client.getQueryData<LoadedPages>(key);
    if (!before) return;
    void client.invalidateQueries({ queryKey: countsKey });
    const loops = await fetchSome(ids);
    client.setQueryData<LoadedPages>(key, (pages) => pages && withChanges(pages, loops));
    const onPage = loadedIds(client.getQueryData<LoadedPages>(key));
    const servedAt = before.pages[0]?.servedAt ?? 0;
    setFresh((last) => {
      const known = last.of === name ? last : nothing(name);
      const next = new Set(known.ids);
      for (const loop of loops) {
        if (!onPage.has(loop.id) && isNewTo(filter, loop, servedAt)) next.add(loop.id);
        else next.delete(loop.id); // it left the view again before anybody looked
      }
      return { of: name, ids: next, many: known.many || ids.length > askAtMost };
    });
  };

  useNews(async (news) => {
    const isEmpty = loadedIds(client.getQueryData<LoadedPages>(key)).size === 0;
    if (news.kind === 'reconnected' || isEmpty) return askAgain(client, key);
    for (const id of news.ids) waiting.current.add(id);
    if (isAsking.current) return;
    isAsking.current = true; // however much happens, one round of questions at a time
    try {
      while (waiting.current.size > 0) {
        const ids = [...waiting.current];
        waiting.current.clear();
        await apply(ids);
      }
    } catch {
      await askAgain(client, key); // asks again, and shows it when that fails as well
    } finally {
      isAsking.current = false;
    }
  });

  return {
    news: current.many ? 'many' : current.ids.size,
    showNews: async () => {
      setFresh(nothing(name));
      client.setQueryData<LoadedPages>(key, (pages) => pages && firstPageOnly(pages));
      await Promise.all([client.refetchQueries({ queryKey: key }), client.refetchQueries({ queryKey: countsKey })]);
    },
  };
}

/** For the list and what is counted beside it. */
async function askAgain(client: QueryClient, key: ReturnType<typeof loopsKey>): Promise<void> {
  await Promise.all([client.invalidateQueries({ queryKey: key }), client.invalidateQueries({ queryKey: countsKey })]);
}

interface Fresh {
  /** The view it belongs to. */
  of: string;
  ids: ReadonlySet<string>;
  many: boolean;
}

const nothing = (of: string): Fresh => ({ of, ids: new Set(), many: false });

/** One question per changed loop, up to a bound; one that may not be seen (any more) stays as it is on the page. */
async function fetchSome(ids: string[]): Promise<LoopSummary[]> {
  const answers = await Promise.allSettled(ids.slice(0, askAtMost).map((id) => fetchLoop(id)));
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
}
