import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { Navigate, useLocation } from 'react-router';
import { type Live, openAsking, openLive } from '../../api/live.ts';
import { sessionKey, useSession } from '../../api/people/session.ts';
import type { Session } from '../../api/people/types.ts';
import { hearsNews } from '../../api/people/who-sees.ts';
import { LiveContext } from '../../api/use-live.ts';
import { Problem } from '../states/problem.tsx';
import { signInAddress } from './return-to.ts';
import { Shell } from './shell.tsx';

/** The door: shows what is behind it to people who have signed in, and leads others to sign in and back. */
export function SignedIn() {
  const { data: session, error, refetch } = useSession();
  const { pathname, search } = useLocation();
  if (session) {
    return (
      <Listening key={session.person.id} session={session}>
        <Shell />
      </Listening>
    );
  }
  if (session === null) return <Navigate to={signInAddress(pathname + search)} replace />;
  if (error) {
    return (
      <main className="page">
        <Problem heading="h1" error={error} retry={() => void refetch()} />
      </main>
    );
  }
  return null;
}

/** Hears of news as long as somebody is signed in. */
function Listening({ session, children }: { session: Session; children: ReactNode }) {
  const queries = useQueryClient();
  const [live, setLive] = useState<Live>();
  const hears = hearsNews(session);
  useEffect(() => {
    const askWhoIsThere = () => void queries.invalidateQueries({ queryKey: sessionKey });
    const opened = hears ? openLive('/api/events', askWhoIsThere) : openAsking();
    setLive(opened);
    return () => opened.close();
  }, [hears, queries]);
  return live && <LiveContext value={live}>{children}</LiveContext>;
}
