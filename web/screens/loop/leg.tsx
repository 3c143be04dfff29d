import { useTranslation } from 'react-i18next';
import type { Leg as LegData, LoopDetail, TaskStatus } from '../../api/types.ts';
import { latenessOf } from '../../components/loop/lateness.ts';
import { Moment, type MomentPhrase } from '../../components/loop/moment.tsx';
import { useStage } from '../../components/loop/progress.ts';
import { useFormat } from '../../i18n/format.ts';
import { isAwaited } from './stops.ts';

interface Props {
  loop: LoopDetail;
  leg: LegData;
  now: number;
}

const endings: Partial<Record<TaskStatus, MomentPhrase>> = {
  completed: 'path.completed',
  failed: 'path.failed',
  cancelled: 'path.withdrawn',
  'entered-in-error': 'path.entered-in-error',
};

/** What one organization was asked, and what came of it. */
export function Leg({ loop, leg, now }: Props) {
  const { t } = useTranslation();
  const stage = useStage();
  const ending = endings[leg.status];
  const isUnderWay = leg.status === 'in-progress' || leg.status === 'on-hold' || leg.status === 'accepted';
  return (
    <>
      <p className="stop__name">{leg.organization.name}</p>
      <p>
        <Moment at={leg.offeredAt} now={now} phrase="path.offered" />
      </p>
      <Decision leg={leg} now={now} />
      {ending && leg.endedAt && (
        <p className="stop__strong">
          <Moment at={leg.endedAt} now={now} phrase={ending} />
        </p>
      )}
      {leg.takenBack && <p className="stop__strong">{t('path.takenBack')}</p>}
      {isUnderWay && <p className="stop__strong">{stage(leg.status, leg.progress)}</p>}
      {leg.reason && (
        <p className="stop__reason">
          <q>{leg.reason}</q>
        </p>
      )}
      {leg.status === 'requested' && <p className="stop__strong">{t('path.noAnswer')}</p>}
      {isAwaited(loop, leg) && <LatenessLine loop={loop} now={now} />}
    </>
  );
}

/** "Declined 4 March, after 1 day". An ask withdrawn before an answer has none. */
function Decision({ leg, now }: { leg: LegData; now: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (!leg.decidedAt) return null;
  const isDecline = leg.status === 'rejected';
  if (!isDecline && leg.decidedAt === leg.endedAt) return null;
  const took = Date.parse(leg.decidedAt) - Date.parse(leg.offeredAt);
  return (
    <p className={isDecline ? 'stop__strong' : undefined}>
      <Moment at={leg.decidedAt} now={now} phrase={isDecline ? 'path.declined' : 'path.accepted'} />
      {t('path.after', { duration: format.span(took) })}
    </p>
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
