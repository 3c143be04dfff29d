import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLookedAt } from '../../api/people/looked-at.ts';
import { useNow } from '../../components/now.tsx';
import { Problem } from '../../components/states/problem.tsx';
import { useFormat } from '../../i18n/format.ts';

/** What was looked at under one emergency access; asked for when somebody wants to see it. */
export function LookedAt({ id }: { id: string }) {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState(false);
  return (
    <details className="emergency__looked-at" onToggle={(event) => setWanted(event.currentTarget.open)}>
      <summary>{t('emergency.lookedAt')}</summary>
      {wanted && <Events id={id} />}
    </details>
  );
}

function Events({ id }: { id: string }) {
  const { t } = useTranslation();
  const now = useNow();
  const format = useFormat();
  const looked = useLookedAt(id, true);
  if (looked.isLoadingError) return <Problem heading="h2" error={looked.error} retry={() => void looked.refetch()} />;
  if (!looked.data) return null;
  const { total, events } = looked.data;
  if (events.length === 0) return <p className="muted">{t('emergency.lookedAtNothing')}</p>;
  return (
    <>
      <ul>
        {events.map(({ id: entry, at, what, of, refused }) => (
          <li key={entry}>
            {format.moment(at, now)}: {what} {of.join(', ')} {refused && t('emergency.refused')}
          </li>
        ))}
      </ul>
      {total > events.length && <p className="muted">{t('emergency.more', { number: total - events.length })}</p>}
    </>
  );
}
