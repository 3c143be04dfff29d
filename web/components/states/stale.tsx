import { useTranslation } from 'react-i18next';
import { Icon } from '../icon.tsx';
import './states.css';

/** Above what was known before an answer failed to come. */
export function Stale() {
  const { t } = useTranslation();
  return (
    <p className="notice" role="status">
      <Icon name="alert" />
      {t('problem.stale')}
    </p>
  );
}
