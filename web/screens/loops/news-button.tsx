import { Button } from '@mantine/core';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useAnnounce } from '../../components/announcer.tsx';
import { Icon } from '../../components/icon.tsx';

/** "3 new": the reader decides when the list moves. */
export function NewsButton({ news, onShow }: { news: number | 'many'; onShow: () => void }) {
  const { t } = useTranslation();
  const announce = useAnnounce();
  const label = news === 'many' ? t('loops.newMany') : news > 0 ? t('loops.new', { count: news }) : null;
  useEffect(() => {
    if (label) announce(label);
  }, [label, announce]);
  if (!label) return null;
  return (
    <div className="news">
      <Button
        size="xs"
        radius="xl"
        leftSection={<Icon name="up" size={14} />}
        title={t('loops.newHint')}
        onClick={onShow}
      >
        {label}
      </Button>
    </div>
  );
}
