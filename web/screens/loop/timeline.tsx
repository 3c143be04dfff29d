import { useTranslation } from 'react-i18next';
import type { TimelineEntry } from '../../api/types.ts';
import { useFormat } from '../../i18n/format.ts';
import { daysOf } from './days.ts';
import { DeliveryLine } from './delivery-line.tsx';
import { ConfirmationLine } from './ending/confirmation-line.tsx';
import { EscalationLine } from './escalation-line.tsx';
import { MessageLine } from './message-line.tsx';
import { PolicyLine } from './policy-line.tsx';
import { StatusLine } from './status-line.tsx';
import './timeline.css';

interface Props {
  entries: TimelineEntry[];
  now: number;
}

/** Everything that happened to the loop: statuses, what was sent to whom, what was said, what the hub did when nothing came, and what it is held to. */
export function Timeline({ entries, now }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  if (entries.length === 0) return <p className="muted">{t('event.none')}</p>;
  return daysOf(entries.filter(isNews)).map((day) => (
    <section key={day.at} className="day">
      <h3 className="day__name">{format.day(day.at, now)}</h3>
      <ol>
        {day.entries.map((entry) => (
          <li key={entry.id} className="entry">
            <time className="entry__time muted" dateTime={entry.at} title={format.full(entry.at)}>
              {format.time(entry.at)}
            </time>
            {entry.kind === 'status' && <StatusLine entry={entry} now={now} />}
            {entry.kind === 'delivery' && <DeliveryLine entry={entry} now={now} />}
            {entry.kind === 'policy' && <PolicyLine entry={entry} />}
            {entry.kind === 'message' && <MessageLine entry={entry} />}
            {entry.kind === 'confirmation' && <ConfirmationLine entry={entry} />}
            {entry.kind === 'escalation' && <EscalationLine entry={entry} now={now} />}
          </li>
        ))}
      </ol>
    </section>
  ));
}

/** That a message arrived stands beside it in the conversation; that it did not is told here too. */
function isNews(entry: TimelineEntry): boolean {
  return entry.kind !== 'delivery' || entry.message !== 'message' || entry.status !== 'delivered';
}
