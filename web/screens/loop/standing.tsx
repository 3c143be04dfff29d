import { useTranslation } from 'react-i18next';
import type { LoopDetail } from '../../api/types.ts';
import { latenessOf, markOf } from '../../components/loop/lateness.ts';
import { Mark } from '../../components/loop/mark.tsx';
import { Moment } from '../../components/loop/moment.tsx';
import { Waiting } from '../../components/loop/waiting.tsx';
import { Ending } from './ending.tsx';

/** Where the loop stands, in one sentence. */
export function Standing({ loop, now }: { loop: LoopDetail; now: number }) {
  const { t } = useTranslation();
  const mark = markOf(loop, now);
  const step = loop.nextStep;
  return (
    <section className={`standing standing--${mark}`} aria-label={t('loop.now')}>
      <Mark kind={mark} size={26} />
      <div>
        <p className="standing__sentence">
          <Waiting loop={loop} now={now} />
        </p>
        {step && (
          <p className="standing__about">
            <Moment at={step.since} now={now} phrase="since.at" />
            {step.due && (
              <>
                {' · '}
                <Moment at={step.due} now={now} phrase={latenessOf(step, now).late ? 'due.wasAt' : 'due.at'} />
              </>
            )}
          </p>
        )}
        {loop.closedAt && (
          <p className="standing__about">
            <Ending loop={loop} now={now} />
          </p>
        )}
      </div>
    </section>
  );
}
