import { useTranslation } from 'react-i18next';
import type { TaskStatus } from '../../api/types.ts';

const known = [
  'delivered',
  'seen',
  'awaiting-information',
  're-routing',
  'appointment-booked',
  'no-show',
  'visit-complete',
  'interim-outcome',
  'cancel-requested',
] as const;

/** "Appointment booked". A code the console does not know is shown as words. */
export function useProgress(): (progress: string) => string {
  const { t } = useTranslation();
  return (progress) => {
    const code = known.find((candidate) => candidate === progress);
    return code ? t(`progress.${code}`) : asWords(progress);
  };
}

/** "In progress · Appointment booked" */
export function useStage(): (status: TaskStatus, progress: string | null) => string {
  const { t } = useTranslation();
  const nameOf = useProgress();
  return (status, progress) => [t(`status.${status}`), ...(progress ? [nameOf(progress)] : [])].join(' · ');
}

/** "food-insecurity" → "Food insecurity" */
export function asWords(code: string): string {
  const words = code.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
