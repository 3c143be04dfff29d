import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { getJson } from '../../api/client.ts';
import { useBegin, useSend } from '../../api/people/session.ts';
import type { OpenSession } from '../../api/people/types.ts';
import { useAnnounce } from '../../components/announcer.tsx';
import { useNow } from '../../components/now.tsx';
import { Problem } from '../../components/states/problem.tsx';
import { useFormat } from '../../i18n/format.ts';

export const sessionsKey = ['sessions'] as const;

/** Every browser somebody is signed in with; each, or all, can be signed out from here. */
export function Sessions() {
  const { t } = useTranslation();
  const send = useSend();
  const begin = useBegin();
  const queries = useQueryClient();
  const announce = useAnnounce();
  const sessions = useQuery({
    queryKey: sessionsKey,
    queryFn: async ({ signal }) => (await getJson<{ sessions: OpenSession[] }>('/api/sessions', signal)).body.sessions,
  });
  const end = async (id: string) => {
    await send('DELETE', `/api/sessions/${encodeURIComponent(id)}`).catch(() => undefined);
    await queries.invalidateQueries({ queryKey: sessionsKey });
    announce(t('account.ended'));
  };
  const endAll = async () => {
    await send('DELETE', '/api/sessions');
    begin(null);
  };
  return (
    <section className="account__part panel" aria-labelledby="sessions">
      <h2 id="sessions">{t('account.sessions')}</h2>
      {sessions.isLoadingError && <Problem heading="h2" error={sessions.error} retry={() => void sessions.refetch()} />}
      <ul className="sessions">
        {sessions.data?.map((session) => (
          <One key={session.id} session={session} onEnd={() => void end(session.id)} />
        ))}
      </ul>
      <div>
        <Button variant="default" onClick={() => void endAll()}>
          {t('account.endAll')}
        </Button>
      </div>
    </section>
  );
}

function One({ session, onEnd }: { session: OpenSession; onEnd: () => void }) {
  const { t } = useTranslation();
  const now = useNow();
  const format = useFormat();
  const { userAgent, createdAt, usedAt, current } = session;
  const when = format.moment(createdAt, now);
  return (
    <li className="sessions__one">
      <div>
        <p>
          {userAgent}
          {current && <span className="mark-word">{t('account.here')}</span>}
        </p>
        <p className="sessions__when">{t('account.since', { when, used: format.moment(usedAt, now) })}</p>
      </div>
      {!current && (
        <Button
          variant="default"
          size="xs"
          onClick={onEnd}
          aria-label={t('account.endLabel', { browser: userAgent, when })}
        >
          {t('account.end')}
        </Button>
      )}
    </li>
  );
}
