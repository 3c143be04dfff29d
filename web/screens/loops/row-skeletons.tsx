import { Skeleton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import './loop-row.css';

const rows = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

export function RowSkeletons() {
  const { t } = useTranslation();
  return (
    <div className="panel" role="status">
      <span className="visually-hidden">{t('loops.loading')}</span>
      {rows.map((row) => (
        <div key={row} className="row row--skeleton" aria-hidden="true">
          <Skeleton circle height={20} />
          <div className="row__who">
            <Skeleton height={14} width="70%" my={4} />
            <Skeleton height={10} width="45%" my={4} />
          </div>
          <div className="row__what">
            <Skeleton height={14} width="62%" my={4} />
            <Skeleton height={10} width="48%" my={4} />
          </div>
          <Skeleton height={10} width={90} mt={6} />
        </div>
      ))}
    </div>
  );
}
