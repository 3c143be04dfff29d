import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { LoopDetail } from '../../api/types.ts';
import { useAnnounce } from '../../components/announcer.tsx';
import { useSentence } from '../../components/loop/waiting.tsx';

/** When a change arrives by itself, screen readers hear where the loop stands now. */
export function useSpokenChanges(loop: LoopDetail | undefined): void {
  const { t } = useTranslation();
  const announce = useAnnounce();
  const sentence = useSentence();
  const seen = useRef<string | null>(null);
  useEffect(() => {
    if (!loop) return;
    const version = `${loop.id} ${loop.updatedAt}`;
    const isChange = seen.current?.startsWith(`${loop.id} `) && seen.current !== version;
    seen.current = version;
    if (isChange) announce(t('live.updated', { sentence: sentence(loop, Date.now()) }));
  }, [loop, announce, sentence, t]);
}
