import { Button } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { useLoops } from '../../api/loops.ts';
import type { LoopSummary } from '../../api/types.ts';
import { useAnnounce } from '../../components/announcer.tsx';
import { rowId, useReturn } from '../../components/loop/last-opened.ts';
import { useNow } from '../../components/now.tsx';
import { Stale } from '../../components/states/stale.tsx';
import { LoopRow } from './loop-row.tsx';

interface Props {
  query: ReturnType<typeof useLoops>;
  rows: LoopSummary[];
  view: string;
}

export function LoopList({ query, rows, view }: Props) {
  const { t } = useTranslation();
  const now = useNow();
  const loadMore = useLoadMore(query, rows);
  useReturn();
  return (
    <>
      {query.isRefetchError && <Stale />}
      <ul
        className={query.isPlaceholderData ? 'loops__list--busy panel' : 'panel'}
        aria-label={t('loops.list')}
        aria-busy={query.isPlaceholderData}
      >
        {rows.map((loop) => (
          <LoopRow key={loop.id} loop={loop} now={now} view={view} />
        ))}
      </ul>
      <div className="loops__foot">
        {query.isFetchNextPageError && <p className="late">{t('loops.moreFailed')}</p>}
        {query.hasNextPage && (
          <Button variant="default" loading={query.isFetchingNextPage} onClick={loadMore}>
            {t('loops.more')}
          </Button>
        )}
        <p className="muted">
          {t('loops.shown', { count: rows.length })}
          {!query.hasNextPage && ` · ${t('loops.end')}`}
        </p>
      </div>
    </>
  );
}

/** After "Load more" the keyboard goes on at the first row that was added, and the count is said. */
function useLoadMore(query: Props['query'], rows: LoopSummary[]): () => void {
  const { t } = useTranslation();
  const announce = useAnnounce();
  const shownBefore = useRef<number | null>(null);
  useEffect(() => {
    const added = shownBefore.current === null ? undefined : rows[shownBefore.current];
    if (!added) return;
    shownBefore.current = null;
    document.getElementById(rowId(added.id))?.focus({ preventScroll: true });
    announce(t('loops.shown', { count: rows.length }));
  }, [rows, announce, t]);
  return () => {
    shownBefore.current = rows.length;
    void query.fetchNextPage();
  };
}
