import { useTranslation } from 'react-i18next';
import type { LoopDetail } from '../../api/types.ts';
import { Moment } from '../../components/loop/moment.tsx';
import { useFormat } from '../../i18n/format.ts';
import { toldAt } from './stops.ts';

/** A closed loop ends with the sender knowing; where nothing says so, only when it was closed is told. */
export function Ending({ loop, now }: { loop: LoopDetail; now: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const told = toldAt(loop);
  if (told) return <>{t('path.told', { sender: loop.sender.name, when: format.moment(told, now) })}</>;
  return loop.closedAt ? <Moment at={loop.closedAt} now={now} phrase="closed.at" /> : null;
}
