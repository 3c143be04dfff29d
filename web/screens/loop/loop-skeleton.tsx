import { Skeleton } from '@mantine/core';
import { useTranslation } from 'react-i18next';

export function LoopSkeleton() {
  const { t } = useTranslation();
  return (
    <div role="status">
      <span className="visually-hidden">{t('loop.loading')}</span>
      <div aria-hidden="true">
        <Skeleton height={24} width={220} mt={6} />
        <Skeleton height={12} width={160} mt={12} />
        <Skeleton height={72} mt={20} radius={12} />
        <Skeleton height={170} mt={16} radius={12} />
        <Skeleton height={320} mt={16} radius={12} />
      </div>
    </div>
  );
}
