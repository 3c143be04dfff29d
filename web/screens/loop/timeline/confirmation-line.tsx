import { useTranslation } from 'react-i18next';
import type { ConfirmationEntry } from '../../../api/types.ts';
import { Icon } from '../../../components/icon.tsx';

/** What happened to the question whether the client received it. */
export function ConfirmationLine({ entry }: { entry: ConfirmationEntry }) {
  const { t } = useTranslation();
  return (
    <>
      <Icon name="person" size={18} className="entry__icon" />
      <div>
        <p>{t(`event.confirmation.${entry.what}`)}</p>
        {entry.reason && (
          <p className="entry__reason">
            <q>{entry.reason}</q>
          </p>
        )}
        {entry.way && (
          <ul className="entry__about muted">
            <li>{t(`way.${entry.way}`)}</li>
          </ul>
        )}
      </div>
    </>
  );
}
