import { useTranslation } from 'react-i18next';
import type { Leg as LegData, LoopDetail } from '../../api/types.ts';
import { latenessOf } from '../../components/loop/lateness.ts';
import { Moment } from '../../components/loop/moment.tsx';
import { useProgress } from '../../components/loop/progress.ts';
import { useFormat } from '../../i18n/format.ts';
import { isAwaited } from './stops.ts';

interface Props {
  loop: LoopDetail;
  leg: LegData;
  now: number;
}

const endings = {
  completed: 'path.completed',
  failed: 'path.failed',
  cancelled: 'path.withdrawn',
  'entered-in-error': 'path.entered-in-error',
} as const;

/** What one organization was asked, and what came of it. */
export function Leg({ loop, leg, now }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const progress = useProgress();
  const took = (until: string) => format.span(Date.parse(until) - Date.parse(leg.offeredAt));
  const ending = leg.status in endings ? endings[leg.status as keyof typeof endings] : null;
  const isActive = leg.status === 'in-progress' || leg.status === 'on-hold' || (leg.status === 'accepted' && leg.progress);
  const decision = leg.status === 'rejected' ? 'path.declined' : 'path.accepted';
  return (
    <>
      <p className="stop__name">{leg.organization.name}</p>
      <p>
        <Moment at={leg.offeredAt} now={now} phrase="path.offered" />
      </p>
      {leg.decidedAt && leg.decidedAt !== leg.endedAt && leg.status !== 'rejected' && (
        <p>
          <Moment at={leg.decidedAt} now={now} phrase={decision} />,{' '}
          {t('path.after', { duration: took(leg.decidedAt) })}
        </p>
      )}
      {leg.status === 'rejected' && leg.decidedAt && (
        <p className="stop__strong">
          <Moment at={leg.decidedAt} now={now} phrase={decision} />,{' '}
          {t('path.after', { duration: took(leg.decidedAt) })}
        </p>
      )}
      {ending && leg.endedAt && (
        <p className="stop__strong">
          <Moment at={leg.endedAt} now={now} phrase={ending} />
        </p>
      )}
      {leg.reason && (
        <p className="stop__reason">
          <q>{leg.reason}</q>
        </p>
      )}
      {leg.status === 'requested' && <p className="stop__strong">{t('path.noAnswer')}</p>}
      {isActive && <p className="stop__strong">{progress(leg.status, leg.progress)}</p>}
      {isAwaited(loop, leg) && <LatenessLine loop={loop} now={now} />}
    </>
  );
}

export function LatenessLine({ loop, now }: { loop: LoopDetail; now: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (!loop.nextStep) return null;
  const { late, ms } = latenessOf(loop.nextStep, now);
  if (late)
    return <p className="late">{ms === null ? t('late.plain') : t('late.by', { duration: format.span(ms) })}</p>;
  return ms === null ? null : <p className="muted">{t('due.when', { when: format.ahead(ms) })}</p>;
}
