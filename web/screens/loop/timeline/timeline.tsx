import { Button, NativeSelect, Skeleton } from '@mantine/core';
import { useEffect, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTimeline } from '../../../api/timeline.ts';
import type { TimelineEntry, TimelineKind } from '../../../api/types.ts';
import { Problem } from '../../../components/states/problem.tsx';
import { useFormat } from '../../../i18n/format.ts';
import { daysOf } from './days.ts';
import { Entry } from './entry.tsx';
import './timeline.css';

/** What people choose to see, and what that is of. */
const views = {
  all: [],
  steps: ['status', 'appointment'],
  said: ['message', 'note', 'confirmation'],
  sent: ['delivery', 'finding'],
  shared: ['share', 'consent'],
  late: ['escalation', 'policy'],
  signed: ['sign-off'],
} as const satisfies Record<string, readonly TimelineKind[]>;
type View = keyof typeof views;
const viewNames = Object.keys(views) as View[];

/** Everything that happened to a loop, newest first: all of it or one side of it, and what is earlier on request. */
export function Timeline({ loopId, now }: { loopId: string; now: number }) {
  const { t } = useTranslation();
  const [view, setView] = useState<View>('all');
  const timeline = useTimeline(loopId, views[view]);
  const entries = (timeline.data?.pages ?? []).flatMap((page) => page.entries).filter(isNews);
  const goOn = useFirstOfNext(timeline.data?.pages.map((page) => page.entries) ?? []);
  return (
    <>
      <Narrow view={view} onChoose={setView} />
      {timeline.isPending && (
        <div role="status">
          <span className="visually-hidden">{t('timeline.loading')}</span>
          <Skeleton height={96} radius={12} aria-hidden="true" />
        </div>
      )}
      {timeline.isLoadingError && <Problem heading="h2" error={timeline.error} retry={() => void timeline.refetch()} />}
      {timeline.isSuccess && entries.length === 0 && (
        <p className="muted">{t(view === 'all' ? 'event.none' : 'timeline.none')}</p>
      )}
      <Days entries={entries} now={now} />
      {timeline.hasNextPage && (
        <Button
          className="timeline__more"
          variant="default"
          size="xs"
          loading={timeline.isFetchingNextPage}
          onClick={() => {
            goOn();
            void timeline.fetchNextPage();
          }}
        >
          {t('timeline.earlier')}
        </Button>
      )}
    </>
  );
}

function Narrow({ view, onChoose }: { view: View; onChoose: (view: View) => void }) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <div className="timeline__narrow">
      <label className="muted" htmlFor={id}>
        {t('timeline.show')}
      </label>
      <NativeSelect
        id={id}
        size="xs"
        value={view}
        onChange={({ currentTarget }) => onChoose(viewNames.find((name) => name === currentTarget.value) ?? 'all')}
      >
        {viewNames.map((name) => (
          <option key={name} value={name}>
            {t(`timeline.view.${name}`)}
          </option>
        ))}
      </NativeSelect>
    </div>
  );
}

function Days({ entries, now }: { entries: TimelineEntry[]; now: number }) {
  const format = useFormat();
  // Of one moment, what came later stands first, as in the pages.
  return daysOf(entries.toReversed()).map((day) => (
    <section key={day.at} className="day">
      <h3 className="day__name">{format.day(day.at, now)}</h3>
      <ol>
        {day.entries.map((entry) => (
          <Entry key={entry.id} entry={entry} now={now} />
        ))}
      </ol>
    </section>
  ));
}

/**
 * Who asks for what is earlier goes on reading there: the first entry of the page that comes takes the focus.
 * @returns to be called as it is asked for
 */
function useFirstOfNext(pages: readonly TimelineEntry[][]): () => void {
  const [awaited, setAwaited] = useState<number | null>(null);
  const first = awaited === null ? undefined : pages[awaited]?.find(isNews)?.id;
  useEffect(() => {
    if (first === undefined) return;
    document.getElementById(`happened-${first}`)?.focus();
    setAwaited(null);
  }, [first]);
  return () => setAwaited(pages.length);
}

/** That a message arrived stands beside it in the conversation; that it did not is told here too. */
function isNews(entry: TimelineEntry): boolean {
  return entry.kind !== 'delivery' || entry.message !== 'message' || entry.status !== 'delivered';
}
