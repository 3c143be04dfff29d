import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useParams } from 'react-router';
import { loopKey, useLoop } from '../../api/loops.ts';
import { useSignedIn } from '../../api/people/session.ts';
import { hasRole } from '../../api/people/who-sees.ts';
import type { LoopDetail } from '../../api/types.ts';
import { useNews } from '../../api/use-live.ts';
import { Icon } from '../../components/icon.tsx';
import { rememberOpened } from '../../components/loop/last-opened.ts';
import { Priority } from '../../components/loop/priority.tsx';
import { useNow } from '../../components/now.tsx';
import { Problem } from '../../components/states/problem.tsx';
import { Stale } from '../../components/states/stale.tsx';
import { useArrival } from '../../components/use-arrival.ts';
import { Conversation } from './conversation/conversation.tsx';
import { WhatClientSays } from './ending/what-client-says.tsx';
import { WhatToDo } from './ending/what-to-do.tsx';
import { Facts } from './facts.tsx';
import { LoopSkeleton } from './loop-skeleton.tsx';
import { Path } from './path.tsx';
import { Standing } from './standing.tsx';
import { Timeline } from './timeline/timeline.tsx';
import { useSpokenChanges } from './use-spoken-changes.ts';
import './loop.css';

export function Loop() {
  const { t } = useTranslation();
  const { id = '' } = useParams();
  const loop = useLoop(id);
  const heading = useArrival(t('loop.pageTitle'), loop.isSuccess);
  useEffect(() => rememberOpened(id), [id]);
  useRefreshOnNews(id);
  useSpokenChanges(loop.data);
  return (
    <div className="page">
      <BackLink />
      {loop.isPending && <LoopSkeleton />}
      {loop.isLoadingError && <Problem heading="h1" error={loop.error} retry={() => void loop.refetch()} />}
      {loop.isRefetchError && <Stale />}
      {loop.data && <LoopBody loop={loop.data} heading={heading} />}
    </div>
  );
}

/** Back to the list as it was filtered; the address says nothing of the client. */
function BackLink() {
  const { t } = useTranslation();
  const state: unknown = useLocation().state;
  const view =
    state && typeof state === 'object' && 'view' in state && typeof state.view === 'string' ? state.view : '';
  return (
    <Link className="back" to={view ? `/?${view}` : '/'}>
      <Icon name="back" size={14} className="points-forward" />
      {t('nav.back')}
    </Link>
  );
}

function useRefreshOnNews(id: string): void {
  const client = useQueryClient();
  useNews((news) => {
    if (news.kind === 'reconnected' || news.ids.includes(id)) void client.invalidateQueries({ queryKey: loopKey(id) });
  });
}

function LoopBody({ loop, heading }: { loop: LoopDetail; heading: ReturnType<typeof useArrival> }) {
  const { t } = useTranslation();
  const now = useNow();
  const mayAct = hasRole(useSignedIn(), 'case-manager', 'supervisor');
  return (
    <>
      <header className="loop__head">
        <h1 ref={heading} tabIndex={-1}>
          {loop.client.name}
        </h1>
        <p className="muted">
          {loop.service} <Priority code={loop.priority} />
        </p>
      </header>
      <Standing loop={loop} now={now} />
      <section className="panel loop__panel" aria-labelledby="path">
        <h2 id="path">{t('loop.path')}</h2>
        <Path loop={loop} now={now} />
      </section>
      <WhatClientSays loop={loop} mayAct={mayAct} />
      {mayAct && <WhatToDo loop={loop} />}
      <Conversation loop={loop} now={now} />
      <div className="loop__columns">
        <section className="panel loop__panel" aria-labelledby="timeline">
          <h2 id="timeline">{t('loop.timeline')}</h2>
          <Timeline loopId={loop.id} now={now} />
        </section>
        <aside className="panel loop__panel" aria-labelledby="facts">
          <h2 id="facts">{t('loop.facts')}</h2>
          <Facts loop={loop} now={now} />
        </aside>
      </div>
    </>
  );
}
