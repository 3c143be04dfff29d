import { useTranslation } from 'react-i18next';
import type { MessageEntry } from '../../../api/types.ts';
import { Icon } from '../../../components/icon.tsx';
import { Moment } from '../../../components/loop/moment.tsx';

/** That something was said, and how it begins; all of it stands in the conversation. */
export function MessageLine({ entry, now }: { entry: MessageEntry; now: number }) {
  const { t } = useTranslation();
  const names = { from: entry.from.name, to: entry.to.name };
  return (
    <>
      <Icon name="message" size={18} className="entry__icon" />
      <div>
        <p>{t(entry.withdrawn ? 'event.message.withdrawn' : 'event.message', names)}</p>
        {entry.excerpt && (
          <p className="muted">
            <a href={`#${entry.id}`}>{entry.excerpt}</a>
          </p>
        )}
        {(entry.readAt ?? entry.arrivedAt) && (
          <p className="entry__about muted">
            <Moment
              at={entry.readAt ?? entry.arrivedAt ?? ''}
              now={now}
              phrase={entry.readAt ? 'event.read' : 'event.arrived'}
            />
          </p>
        )}
      </div>
    </>
  );
}
