import { useTranslation } from 'react-i18next';
import type { PolicyEntry } from '../../../api/types.ts';
import { Icon } from '../../../components/icon.tsx';

/** Another policy applies from here on: what it says otherwise than the one before. */
export function PolicyLine({ entry }: { entry: PolicyEntry }) {
  const { t } = useTranslation();
  return (
    <>
      <Icon name="alert" size={18} className="entry__icon" />
      <div>
        <p>{t('event.policy', { policy: entry.policy })}</p>
        <ul className="entry__about muted">
          {entry.changes.map(({ what, from, to }) => (
            <li key={what}>{`${what}: ${from ?? '–'} → ${to ?? '–'}`}</li>
          ))}
        </ul>
      </div>
    </>
  );
}
