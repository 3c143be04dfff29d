import type { TimelineEntry } from '../../../api/types.ts';
import { useFormat } from '../../../i18n/format.ts';
import { AppointmentLine } from './appointment-line.tsx';
import { ConfirmationLine } from './confirmation-line.tsx';
import { DeliveryLine } from './delivery-line.tsx';
import { EscalationLine } from './escalation-line.tsx';
import { FindingLine } from './finding-line.tsx';
import { MessageLine } from './message-line.tsx';
import { NoteLine } from './note-line.tsx';
import { PolicyLine } from './policy-line.tsx';
import { ConsentLine, ShareLine } from './share-line.tsx';
import { SignOffLine } from './sign-off-line.tsx';
import { StatusLine } from './status-line.tsx';

interface Props {
  entry: TimelineEntry;
  now: number;
}

/** One thing that happened: when, and what, in words. */
export function Entry({ entry, now }: Props) {
  const format = useFormat();
  return (
    <li className="entry" id={`happened-${entry.id}`} tabIndex={-1}>
      <time className="entry__time muted" dateTime={entry.at} title={format.full(entry.at)}>
        {format.time(entry.at)}
      </time>
      <Line entry={entry} now={now} />
    </li>
  );
}

function Line({ entry, now }: Props) {
  switch (entry.kind) {
    case 'status':
      return <StatusLine entry={entry} now={now} />;
    case 'delivery':
      return <DeliveryLine entry={entry} now={now} />;
    case 'policy':
      return <PolicyLine entry={entry} />;
    case 'message':
      return <MessageLine entry={entry} now={now} />;
    case 'confirmation':
      return <ConfirmationLine entry={entry} />;
    case 'escalation':
      return <EscalationLine entry={entry} now={now} />;
    case 'finding':
      return <FindingLine entry={entry} now={now} />;
    case 'note':
      return <NoteLine entry={entry} />;
    case 'appointment':
      return <AppointmentLine entry={entry} />;
    case 'share':
      return <ShareLine entry={entry} now={now} />;
    case 'consent':
      return <ConsentLine entry={entry} now={now} />;
    case 'sign-off':
      return <SignOffLine entry={entry} />;
  }
}
