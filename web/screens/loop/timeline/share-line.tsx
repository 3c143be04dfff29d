import { useTranslation } from 'react-i18next';
import type { ConsentEntry, ShareEntry } from '../../../api/types.ts';
import { Icon } from '../../../components/icon.tsx';
import { Moment } from '../../../components/loop/moment.tsx';
import { asWords } from '../../../components/loop/progress.ts';
import { useFormat } from '../../../i18n/format.ts';

const reasons = [
  'consent-withdrawn',
  'consent-ended',
  'labelled',
  'time-over',
  'policy-changed',
  'rejected',
  'failed',
  'cancelled',
  'completed',
  'entered-in-error',
] as const;

/** What an organization may read from then on, or no more; and why that was allowed, or is over. */
export function ShareLine({ entry, now }: { entry: ShareEntry; now: number }) {
  const { t } = useTranslation();
  const things = useThings();
  const because = useBecause();
  const names = { organization: entry.organization.name, things: things(entry.what) };
  return (
    <>
      <Icon name="share" size={18} className="entry__icon" />
      <div>
        <p>{t(entry.ended ? 'event.unshared' : 'event.shared', names)}</p>
        <ul className="entry__about muted">
          {entry.consents.length > 0 && <li>{t('event.byConsent')}</li>}
          {entry.until && (
            <li>
              <Moment at={entry.until} now={now} phrase="event.until" />
            </li>
          )}
          {entry.because && <li>{because(entry.because)}</li>}
        </ul>
      </div>
    </>
  );
}

/** That no consent permits it, and what became of that. */
export function ConsentLine({ entry, now }: { entry: ConsentEntry; now: number }) {
  const { t } = useTranslation();
  const things = useThings();
  const names = { organization: entry.organization.name, things: things(entry.what) };
  return (
    <>
      <Icon name="lock" size={18} className="entry__icon" />
      <div>
        <p>
          {t('event.withheld', names)}
          {entry.state === 'waits' && <span className="tone tone--late">{t('event.waitsForConsent')}</span>}
        </p>
        {entry.permittedAt && (
          <p className="entry__about muted">
            <Moment at={entry.permittedAt} now={now} phrase="event.permitted" />
          </p>
        )}
      </div>
    </>
  );
}

/** "the request, the client’s record, and documents" */
function useThings(): (what: ShareEntry['what']) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return (what) => format.list(what.map((each) => t(`thing.${each}`)));
}

function useBecause(): (code: string) => string {
  const { t } = useTranslation();
  return (code) => {
    const known = reasons.find((reason) => reason === code);
    return known ? t(`because.${known}`) : asWords(code);
  };
}
