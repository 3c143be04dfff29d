import { useTranslation } from 'react-i18next';
import { useFormat } from '../../i18n/format.ts';

export type MomentPhrase =
  | 'since.at'
  | 'closed.at'
  | 'due.at'
  | 'due.wasAt'
  | 'path.asked'
  | 'path.received'
  | 'path.offered'
  | 'path.accepted'
  | 'path.declined'
  | 'path.withdrawn'
  | 'path.completed'
  | 'path.failed'
  | 'path.entered-in-error'
  | 'event.recorded'
  | 'event.arrived'
  | 'event.read'
  | 'event.until'
  | 'event.permitted'
  | 'event.finding.resolved'
  | 'delivery.nextAt'
  | 'delivery.settledAt';

interface Props {
  at: string;
  now: number;
  phrase?: MomentPhrase;
}

/** A moment in the reader's own words and zone, inside its phrase; the whole date is in the tooltip. */
export function Moment({ at, now, phrase }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const when = format.moment(at, now);
  return (
    <time dateTime={at} title={format.full(at)}>
      {phrase ? t(phrase, { when }) : when}
    </time>
  );
}
