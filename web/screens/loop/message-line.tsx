import { useTranslation } from 'react-i18next';
import type { MessageEntry } from '../../api/types.ts';
import { Icon } from '../../components/icon.tsx';

/** That something was said, and how it begins; all of it stands in the conversation. */
export function MessageLine({ entry }: { entry: MessageEntry }) {
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
      </div>
    </>
  );
}
