import { useTranslation } from 'react-i18next';
import type { Priority as PriorityCode } from '../../api/types.ts';
import './priority.css';

/** Routine is the rule and is not said. */
export function Priority({ code }: { code: PriorityCode }) {
  const { t } = useTranslation();
  if (code === 'routine') return null;
  return (
    <span className={`priority priority--${code}`}>
      <span className="visually-hidden">
        {t('priority.label')}
        {t('step.colon')}
      </span>
      {t(`priority.${code}`)}
    </span>
  );
}
