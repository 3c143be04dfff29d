import { useTranslation } from 'react-i18next';
import { useLiveState } from '../../api/use-live.ts';

/** Whether what is on the page follows the hub at this moment. */
export function LiveMark() {
  const { t } = useTranslation();
  const state = useLiveState();
  return (
    <span className={`live live--${state}`} role="status">
      <span className="live__dot" aria-hidden="true" />
      <span className="live__word">{state !== 'asking' && t(`live.${state}`)}</span>
    </span>
  );
}
