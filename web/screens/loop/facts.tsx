import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { LoopDetail } from '../../api/types.ts';
import { Moment } from '../../components/loop/moment.tsx';
import { asWords, useStage } from '../../components/loop/progress.ts';

export function Facts({ loop, now }: { loop: LoopDetail; now: number }) {
  const { t } = useTranslation();
  const stage = useStage();
  return (
    <dl className="facts">
      <Fact name={t('fact.reference')}>{loop.client.reference}</Fact>
      <Fact name={t('fact.service')}>{loop.service}</Fact>
      {loop.category && <Fact name={t('fact.category')}>{asWords(loop.category)}</Fact>}
      <Fact name={t('priority.label')}>{t(`priority.${loop.priority}`)}</Fact>
      <Fact name={t('fact.sender')}>{loop.sender.name}</Fact>
      <Fact name={t('fact.receiver')}>{loop.receiver?.name ?? t('fact.none')}</Fact>
      <Fact name={t('fact.seenBySender')}>{stage(loop.status, loop.progress)}</Fact>
      <Fact name={t('fact.opened')}>
        <Moment at={loop.openedAt} now={now} />
      </Fact>
      <Fact name={t('fact.updated')}>
        <Moment at={loop.updatedAt} now={now} />
      </Fact>
      {loop.lacks.length > 0 && (
        <Fact name={t('fact.lacks')}>{loop.lacks.map((lack) => t(`lack.${lack}`)).join(' · ')}</Fact>
      )}
      {loop.contactProhibited && <Fact name={t('fact.contact')}>{t('fact.contactProhibited')}</Fact>}
      {loop.replaces && (
        <Fact name={t('fact.replaces')}>
          <Link to={`/loops/${loop.replaces}`}>{t('fact.loop')}</Link>
        </Fact>
      )}
      {loop.replacedBy.map((id) => (
        <Fact key={id} name={t('fact.replacedBy')}>
          <Link to={`/loops/${id}`}>{t('fact.loop')}</Link>
        </Fact>
      ))}
      {loop.closedAt && (
        <Fact name={t('fact.closed')}>
          <Moment at={loop.closedAt} now={now} />
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="fact">
      <dt className="muted">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
