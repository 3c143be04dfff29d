import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type EmergencyUse, useEmergency, useEmergencyUses } from '../../api/people/emergency.ts';
import { useSignedIn } from '../../api/people/session.ts';
import { hasRole } from '../../api/people/who-sees.ts';
import { useAnnounce } from '../../components/announcer.tsx';
import { useNow } from '../../components/now.tsx';
import { Problem } from '../../components/states/problem.tsx';
import { useFormat } from '../../i18n/format.ts';
import { LookedAt } from './looked-at.tsx';

/** When it was used, by whom and why. */
export function Uses() {
  const { t } = useTranslation();
  const uses = useEmergencyUses();
  return (
    <section className="emergency__part panel" aria-labelledby="uses">
      <h2 id="uses">{t('emergency.list')}</h2>
      {uses.isLoadingError && <Problem heading="h2" error={uses.error} retry={() => void uses.refetch()} />}
      {uses.data?.length === 0 && <p className="muted">{t('emergency.none')}</p>}
      {uses.data && uses.data.length > 0 && (
        <ul className="emergency__list">
          {uses.data.map((use) => (
            <Use key={use.id} use={use} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Use({ use }: { use: EmergencyUse }) {
  const { t } = useTranslation();
  const now = useNow();
  const format = useFormat();
  const { person, reason, startedAt, until, active, seenAt } = use;
  const span = t('emergency.span', { from: format.moment(startedAt, now), until: format.moment(until, now) });
  const seen = seenAt ? t('emergency.seen', { when: format.moment(seenAt, now) }) : t('emergency.unseen');
  return (
    <li className="emergency__use">
      <div className="emergency__what">
        <p className="emergency__who">
          {person.name}
          {active && <span className="mark-word">{t('emergency.active')}</span>}
        </p>
        <p className="emergency__more">{span}</p>
        <p className="emergency__reason">{reason}</p>
        <p className="emergency__more">{seen}</p>
        <LookedAt id={use.id} />
      </div>
      <Answers use={use} when={format.moment(startedAt, now)} />
    </li>
  );
}

/** What a supervisor does about it; nobody looks after themselves. */
function Answers({ use: { id, person, active, seenAt }, when }: { use: EmergencyUse; when: string }) {
  const { t } = useTranslation();
  const session = useSignedIn();
  const announce = useAnnounce();
  const { see, end } = useEmergency();
  const answered = async (work: Promise<void>, words: string) => {
    await work;
    announce(words);
  };
  if (!hasRole(session, 'supervisor') || person.id === session.person.id) return null;
  const { name } = person;
  return (
    <div className="emergency__answers">
      {seenAt === null && (
        <Button
          size="xs"
          aria-label={t('emergency.seeLabel', { name, when })}
          onClick={() => void answered(see(id), t('emergency.seeDone'))}
        >
          {t('emergency.see')}
        </Button>
      )}
      {active && (
        <Button
          size="xs"
          variant="default"
          aria-label={t('emergency.endLabel', { name, when })}
          onClick={() => void answered(end(id), t('emergency.ended'))}
        >
          {t('emergency.end')}
        </Button>
      )}
    </div>
  );
}
