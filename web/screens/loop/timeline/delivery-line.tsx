import { useTranslation } from 'react-i18next';
import type { DeliveryEntry, DeliveryStatus } from '../../../api/types.ts';
import { Icon } from '../../../components/icon.tsx';
import { Moment } from '../../../components/loop/moment.tsx';

const tones: Record<DeliveryStatus, string> = {
  pending: 'neutral',
  sending: 'neutral',
  delivered: 'good',
  rejected: 'late',
  dead: 'late',
  withdrawn: 'neutral',
};

/** A message and how its delivery stands: a person reads attempts, the last answer, the next try. */
export function DeliveryLine({ entry, now }: { entry: DeliveryEntry; now: number }) {
  const { t } = useTranslation();
  const recipient = entry.recipient.name;
  const sentence =
    entry.status === 'delivered'
      ? t(`message.${entry.message}`, { recipient })
      : t(`message.${entry.message}.unsent`, { recipient });
  const isTroubled = entry.attempts > 1 || entry.status !== 'delivered';
  return (
    <>
      <Icon name="send" size={18} className="entry__icon" />
      <div>
        <p>
          {sentence} <span className={`tone tone--${tones[entry.status]}`}>{t(`delivery.${entry.status}`)}</span>
        </p>
        {isTroubled && (
          <ul className="entry__about muted">
            {entry.attempts > 0 && <li>{t('delivery.attempts', { count: entry.attempts })}</li>}
            {entry.lastCode && <li>{t('delivery.lastCode', { code: codeWords(entry.lastCode) })}</li>}
            {entry.nextAt && (
              <li>
                <Moment at={entry.nextAt} now={now} phrase="delivery.nextAt" />
              </li>
            )}
            {entry.settledAt && (
              <li>
                <Moment at={entry.settledAt} now={now} phrase="delivery.settledAt" />
              </li>
            )}
          </ul>
        )}
        {entry.readAt && (
          <p className="entry__about muted">
            <Moment at={entry.readAt} now={now} phrase="event.read" />
          </p>
        )}
        {isTroubled && entry.tries.length > 0 && <Tries tries={entry.tries} now={now} />}
      </div>
    </>
  );
}

/** Each attempt, for who wants to know. */
function Tries({ tries, now }: { tries: DeliveryEntry['tries']; now: number }) {
  const { t } = useTranslation();
  return (
    <details className="entry__tries muted">
      <summary>{t('delivery.tries')}</summary>
      <ol>
        {tries.map(({ number, startedAt, code }) => (
          <li key={number}>
            <Moment at={startedAt} now={now} /> {codeWords(code ?? '…')}
          </li>
        ))}
      </ol>
    </details>
  );
}

/** "http-503" → "HTTP 503" */
function codeWords(code: string): string {
  return code.replace(/^http-/, 'HTTP ').replaceAll('-', ' ');
}
