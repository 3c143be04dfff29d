import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { type LoopFilter, useLoopCounts, useLoops } from '../../api/loops.ts';
import { useAnnounce } from '../../components/announcer.tsx';
import { Problem } from '../../components/states/problem.tsx';
import { useArrival } from '../../components/use-arrival.ts';
import { Counts } from './counts.tsx';
import { LoopList } from './loop-list.tsx';
import { Filters } from './narrow/filters.tsx';
import { SavedViews } from './narrow/saved-views.tsx';
import { NewsButton } from './news-button.tsx';
import { NothingHere, NothingYet } from './nothing.tsx';
import { RowSkeletons } from './row-skeletons.tsx';
import { useLiveList } from './use-live-list.ts';
import { addressOf, everything, filterOf } from './view.ts';
import './loops.css';

export function Loops() {
  const { t } = useTranslation();
  const announce = useAnnounce();
  const [address, setAddress] = useSearchParams();
  const filter = filterOf(address);
  // Two changes may follow one another before the page is drawn anew: the address has the first already.
  const setFilter = (change: Partial<LoopFilter>) => {
    const current = filterOf(new URLSearchParams(location.search));
    setAddress(addressOf({ ...current, ...change }), { replace: true, preventScrollReset: true });
  };
  const loops = useLoops(filter);
  const { news, showNews } = useLiveList(filter);
  const heading = useArrival(t('loops.title'));
  const counted = useLoopCounts();
  const counts = counted.data;
  const rows = loops.data?.pages.flatMap((page) => page.loops) ?? [];
  const isNew = counts !== undefined && counts.open + counts.closed === 0;

  const show = async () => {
    heading.current?.focus();
    window.scrollTo({ top: 0 });
    await showNews();
    announce(t('loops.refreshed'));
  };

  return (
    <div className="page">
      <div className="loops__head">
        <div>
          <h1 ref={heading} tabIndex={-1}>
            {t('loops.title')}
          </h1>
          <p className="muted">{t('loops.lead')}</p>
        </div>
        <Counts counts={counts} />
      </div>
      {!isNew && (
        <>
          <Filters filter={filter} onChange={setFilter} />
          <SavedViews asked={addressOf(filter)} onShow={(asked) => setFilter(filterOf(new URLSearchParams(asked)))} />
        </>
      )}
      <NewsButton news={news} onShow={() => void show()} />
      {loops.isPending && <RowSkeletons />}
      {loops.isLoadingError && <Problem heading="h2" error={loops.error} retry={() => void loops.refetch()} />}
      {isNew && <NothingYet />}
      {loops.data && !counted.isPending && !isNew && rows.length === 0 && (
        <NothingHere onClear={() => setFilter(everything)} />
      )}
      {rows.length > 0 && <LoopList query={loops} rows={rows} view={address.toString()} />}
    </div>
  );
}
