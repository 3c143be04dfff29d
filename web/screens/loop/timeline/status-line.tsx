import { useTranslation } from 'react-i18next';
import type { StatusEntry, TaskStatus } from '../../../api/types.ts';
import { Mark, type MarkKind } from '../../../components/loop/mark.tsx';
import { Moment } from '../../../components/loop/moment.tsx';
import { useProgress } from '../../../components/loop/progress.ts';

const marks: Record<TaskStatus, MarkKind> = {
  draft: 'future',
  requested: 'asked',
  accepted: 'done',
  rejected: 'declined',
  'in-progress': 'started',
  'on-hold': 'paused',
  completed: 'closed',
  failed: 'declined',
  cancelled: 'declined',
  'entered-in-error': 'declined',
};

const muchLaterMs = 60_000;

export function StatusLine({ entry, now }: { entry: StatusEntry; now: number }) {
  const { t } = useTranslation();
  const sentence = useStatusSentence()(entry);
  const actor = isWorthNaming(entry) ? entry.actor : null;
  const isRecordedLater = Date.parse(entry.recordedAt) - Date.parse(entry.at) > muchLaterMs;
  return (
    <>
      <Mark kind={marks[entry.to]} size={18} word={false} />
      <div>
        <p>{sentence}</p>
        {entry.reason && (
          <p className="entry__reason">
            <q>{entry.reason}</q>
          </p>
        )}
        <ul className="entry__about muted">
          {entry.by && <li>{t('event.by', { actor: entry.by })}</li>}
          {actor && <li>{t('event.by', { actor: actor.name })}</li>}
          <li>{t(`source.${entry.source}`)}</li>
          {entry.implied && <li>{t('event.implied')}</li>}
          {isRecordedLater && (
            <li>
              <Moment at={entry.recordedAt} now={now} phrase="event.recorded" />
            </li>
          )}
        </ul>
      </div>
    </>
  );
}

/** "Harvest Food Bank declined"; where only the progress changed, "Harvest Food Bank: Appointment booked". */
function useStatusSentence(): (entry: StatusEntry) => string {
  const { t } = useTranslation();
  const nameOf = useProgress();
  return ({ of, organization: party, from, to, progress }) => {
    const organization = party?.name ?? t('party.receiver');
    const news = from === to && progress ? nameOf(progress) : null;
    if (of === 'root') return news ? t('event.root.progress', { news }) : t(`event.root.${to}`);
    return news ? t('event.leg.progress', { organization, news }) : t(`event.leg.${to}`, { organization });
  };
}

/** Not when the sentence or the source already says who it was. */
function isWorthNaming({ actor, organization, source }: StatusEntry): boolean {
  return actor !== null && actor.id !== organization?.id && source !== 'hub' && source !== 'timer';
}
