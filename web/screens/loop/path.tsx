import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { LoopDetail } from '../../api/types.ts';
import { Mark, type MarkKind } from '../../components/loop/mark.tsx';
import { Moment } from '../../components/loop/moment.tsx';
import { Ending } from './ending.tsx';
import { LatenessLine, Leg } from './leg.tsx';
import { markOfLeg, type Stop, stopsOf } from './stops.ts';
import './path.css';

/** The way of the referral, drawn: sender → Careloop → each organization asked → outcome. */
export function Path({ loop, now }: { loop: LoopDetail; now: number }) {
  const stops = stopsOf(loop, now);
  return (
    <div className="path__frame">
      <ol className={stops.length > 5 ? 'path path--long' : 'path'}>
        {stops.map((stop, index) => (
          <li key={keyOf(stop)} className={isReached(stops[index + 1]) ? 'stop' : 'stop stop--ahead'}>
            <StopBody stop={stop} loop={loop} now={now} />
          </li>
        ))}
      </ol>
    </div>
  );
}

const keyOf = (stop: Stop) => (stop.kind === 'legs' ? (stop.legs[0]?.id ?? stop.kind) : stop.kind);

/** The line to what has not happened yet is dashed. */
function isReached(next: Stop | undefined): boolean {
  return next !== undefined && !(next.kind === 'outcome' && next.mark === 'future') && next.kind !== 'nobody';
}

interface BodyProps {
  stop: Stop;
  loop: LoopDetail;
  now: number;
}

function StopBody({ stop, loop, now }: BodyProps) {
  const { t } = useTranslation();
  switch (stop.kind) {
    case 'sender':
      return (
        <Station mark="done" name={loop.sender.name}>
          <p>
            <Moment at={loop.openedAt} now={now} phrase="path.asked" />
          </p>
        </Station>
      );
    case 'hub':
      return (
        <Station mark="done" name={t('party.hub')}>
          <p>
            <Moment at={loop.openedAt} now={now} phrase="path.received" />
          </p>
        </Station>
      );
    case 'legs':
      return stop.legs.map((leg) => (
        <Station key={leg.id} mark={markOfLeg(loop, leg, now)}>
          <Leg loop={loop} leg={leg} now={now} />
        </Station>
      ));
    case 'nobody':
      return (
        <Station mark={stop.mark} name={t('path.service')}>
          <p>{t('path.notChosen')}</p>
          <LatenessLine loop={loop} now={now} />
        </Station>
      );
    case 'outcome':
      return (
        <Station mark={stop.mark} name={t('loop.outcome')}>
          <OutcomeLines loop={loop} now={now} />
        </Station>
      );
  }
}

function Station({ mark, name, children }: { mark: MarkKind; name?: string; children: ReactNode }) {
  return (
    <div className="stop__station">
      <span className="stop__mark">
        <Mark kind={mark} size={24} />
      </span>
      <div className="stop__text">
        {name && <p className="stop__name">{name}</p>}
        {children}
      </div>
    </div>
  );
}

function OutcomeLines({ loop, now }: { loop: LoopDetail; now: number }) {
  const { t } = useTranslation();
  if (!loop.outcome) return <p>{t('path.outcomeUnknown')}</p>;
  return (
    <>
      <p className="stop__strong">{t(`outcome.${loop.outcome.code}`)}</p>
      {loop.outcome.text && (
        <p className="stop__reason">
          <q>{loop.outcome.text}</q>
        </p>
      )}
      {loop.outcome.remains && (
        <p className="stop__reason">
          {t('path.remains')} <q>{loop.outcome.remains}</q>
        </p>
      )}
      {loop.closedAt ? (
        <p>
          <Ending loop={loop} now={now} />
        </p>
      ) : (
        <>
          <p>{t('path.untold', { sender: loop.sender.name })}</p>
          <LatenessLine loop={loop} now={now} />
        </>
      )}
    </>
  );
}
