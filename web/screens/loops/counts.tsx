import { useTranslation } from 'react-i18next';
import type { LoopCounts } from '../../api/types.ts';
import { useFormat } from '../../i18n/format.ts';

const shown = ['open', 'late', 'closed'] as const;

export function Counts({ counts }: { counts: LoopCounts | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <dl className="counts" aria-label={t('counts.label')}>
      {shown.map((name) => (
        <div key={name} className={name === 'late' && counts?.late ? 'counts__one counts__one--late' : 'counts__one'}>
          <dt>{t(`counts.${name}`)}</dt>
          <dd className="figures">{counts ? format.number(counts[name]) : '–'}</dd>
        </div>
      ))}
    </dl>
  );
}
