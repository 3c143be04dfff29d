import { useTranslation } from 'react-i18next';
import type { EscalationEntry } from '../../../api/types.ts';
import { Icon } from '../../../components/icon.tsx';
import { Moment } from '../../../components/loop/moment.tsx';

/** What the hub did because something awaited did not come: who was reminded, or who must look at it. */
export function EscalationLine({ entry, now }: { entry: EscalationEntry; now: number }) {
  const { t } = useTranslation();
  const done = doneBy(entry);
  const party = entry.organization?.name ?? t('escalation.people');
  return (
    <>
      <Icon name="bell" size={18} className="entry__icon" />
      <div>
        <p>
          {done ? t(`escalation.${done}`, { party }) : t('escalation.undone')}
          {entry.result !== 'done' && <span className="tone tone--late">{t(`escalation.${entry.result}`)}</span>}
        </p>
        <ul className="entry__about muted">
          <li>
            <Moment at={entry.due} now={now} phrase="due.wasAt" />
          </li>
        </ul>
      </div>
    </>
  );
}

/** What was done; undefined: nothing. Without a supervisor here, case managers were told. */
function doneBy({ what, result }: EscalationEntry): EscalationEntry['what'] | undefined {
  if (result === 'others-told') return 'worklist';
  return result === 'done' ? what : undefined;
}
