import { useTranslation } from 'react-i18next';
import type { AppointmentEntry } from '../../../api/types.ts';
import { Icon } from '../../../components/icon.tsx';
import { asWords } from '../../../components/loop/progress.ts';
import { useFormat } from '../../../i18n/format.ts';

const known = ['proposed', 'pending', 'booked', 'arrived', 'fulfilled', 'cancelled', 'noshow', 'checked-in'] as const;

/** "Appointment booked", and for when. One that only moved says so. */
export function AppointmentLine({ entry }: { entry: AppointmentEntry }) {
  const { t } = useTranslation();
  const format = useFormat();
  const status = known.find((code) => code === entry.status);
  const isMoved = entry.before === entry.status;
  return (
    <>
      <Icon name="calendar" size={18} className="entry__icon" />
      <div>
        <p>
          {isMoved ? t('event.appointment.moved') : status ? t(`event.appointment.${status}`) : asWords(entry.status)}
        </p>
        {entry.start && (
          <p className="muted">
            <time dateTime={entry.start}>{format.full(entry.start)}</time>
          </p>
        )}
      </div>
    </>
  );
}
