import { useTranslation } from 'react-i18next';
import type { NoteEntry } from '../../../api/types.ts';
import { Icon } from '../../../components/icon.tsx';

/** What somebody wrote down on the referral. */
export function NoteLine({ entry }: { entry: NoteEntry }) {
  const { t } = useTranslation();
  return (
    <>
      <Icon name={entry.apart ? 'lock' : 'note'} size={18} className="entry__icon" />
      <div>
        <p>{entry.author ? t('event.note.by', { author: entry.author }) : t('event.note')}</p>
        <p className="entry__reason">
          <q>{entry.text}</q>
        </p>
      </div>
    </>
  );
}
