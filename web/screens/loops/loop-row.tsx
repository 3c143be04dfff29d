import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { LoopSummary } from '../../api/types.ts';
import { Icon } from '../../components/icon.tsx';
import { rowId } from '../../components/loop/last-opened.ts';
import { markOf } from '../../components/loop/lateness.ts';
import { Mark } from '../../components/loop/mark.tsx';
import { Moment } from '../../components/loop/moment.tsx';
import { Priority } from '../../components/loop/priority.tsx';
import { Waiting } from '../../components/loop/waiting.tsx';
import './loop-row.css';

interface Props {
  loop: LoopSummary;
  now: number;
  /** The filter in the address, to come back to. */
  view: string;
}

/** One loop: who and what, who it waits for, from whom to whom. The whole row is the link. */
export function LoopRow({ loop, now, view }: Props) {
  const { t } = useTranslation();
  const mark = markOf(loop, now);
  return (
    <li className={`row row--${mark}`}>
      <Mark kind={mark} />
      <div className="row__who">
        <Link id={rowId(loop.id)} className="row__link" to={`/loops/${encodeURIComponent(loop.id)}`} state={{ view }}>
          <bdi>{loop.client.name}</bdi>
        </Link>
        <span className="row__service">{loop.service}</span>
      </div>
      <div className="row__what">
        <span className="row__sentence">
          <Waiting loop={loop} now={now} />
        </span>
        <span className="row__route muted">
          <bdi>{loop.sender.name}</bdi>
          <Icon name="forward" size={13} className="row__arrow points-forward" />
          <span className="visually-hidden">{t('route.to')}</span>
          <bdi>{loop.receiver?.name ?? t('route.none')}</bdi>
        </span>
      </div>
      <div className="row__when muted">
        <Priority code={loop.priority} />
        {loop.unread > 0 && (
          <span className="row__unread">
            <Icon name="message" size={13} className="row__envelope" />
            {t('row.unread', { count: loop.unread })}
          </span>
        )}
        {loop.untaken > 0 && <span className="tone tone--late">{t('row.untaken')}</span>}
        {loop.nextStep && <Moment at={loop.nextStep.since} now={now} phrase="since.at" />}
        {loop.closedAt && <Moment at={loop.closedAt} now={now} phrase="closed.at" />}
      </div>
    </li>
  );
}
