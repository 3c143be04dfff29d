import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useEmergency } from '../../api/people/emergency.ts';
import type { Session } from '../../api/people/types.ts';
import { useAnnounce } from '../../components/announcer.tsx';
import { useNow } from '../../components/now.tsx';
import { useFormat } from '../../i18n/format.ts';

/** It goes on, and can be ended before its time. */
export function UnderWay({ glass }: { glass: NonNullable<Session['brokenGlass']> }) {
  const { t } = useTranslation();
  const now = useNow();
  const format = useFormat();
  const announce = useAnnounce();
  const { end } = useEmergency();
  const endNow = async () => {
    await end(glass.id);
    announce(t('emergency.ended'));
  };
  return (
    <section className="emergency__part panel" aria-labelledby="under-way">
      <h2 id="under-way">{t('emergency.underWay', { when: format.moment(glass.until, now) })}</h2>
      <div>
        <Button onClick={() => void endNow()}>{t('emergency.end')}</Button>
      </div>
    </section>
  );
}
