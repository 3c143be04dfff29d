import { useTranslation } from 'react-i18next';
import type { SignOffEntry } from '../../../api/types.ts';
import { Icon } from '../../../components/icon.tsx';

/** That somebody has put a name to it: knows how it ended, or has signed something that belongs to it. */
export function SignOffLine({ entry }: { entry: SignOffEntry }) {
  const { t } = useTranslation();
  const who = entry.organization?.name ?? entry.by ?? t('event.somebody');
  return (
    <>
      <Icon name="pen" size={18} className="entry__icon" />
      <div>
        <p>{t(`sign-off.${entry.what}`, { who })}</p>
      </div>
    </>
  );
}
