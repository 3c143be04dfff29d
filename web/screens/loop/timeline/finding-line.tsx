import { useTranslation } from 'react-i18next';
import type { FindingEntry } from '../../../api/types.ts';
import { Icon } from '../../../components/icon.tsx';
import { Moment } from '../../../components/loop/moment.tsx';

/** What an organization wrote on its own server and could not be taken: what is wrong with it, and whether that was mended. */
export function FindingLine({ entry, now }: { entry: FindingEntry; now: number }) {
  const { t } = useTranslation();
  return (
    <>
      <Icon name="alert" size={18} className="entry__icon" />
      <div>
        <p>
          {t('event.finding', { party: entry.organization.name })}
          {entry.resolvedAt === null && <span className="tone tone--late">{t('event.finding.open')}</span>}
        </p>
        <ul className="entry__about muted">
          <li>{entry.expression === null ? entry.text : `${entry.expression}: ${entry.text}`}</li>
          {entry.resolvedAt !== null && (
            <li>
              <Moment at={entry.resolvedAt} now={now} phrase="event.finding.resolved" />
            </li>
          )}
        </ul>
      </div>
    </>
  );
}
