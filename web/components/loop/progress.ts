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

/** "In progress: appointment booked". A code the console does not know is shown as words. */
export function useProgress(): (status: TaskStatus, progress: string | null) => string {
  const { t } = useTranslation();
  return (status, progress) => {
    const stage = t(`status.${status}`);
    if (!progress) return stage;
    const code = known.find((candidate) => candidate === progress);
    return `${stage} · ${code ? t(`progress.${code}`) : asWords(progress)}`;
  };
}

/** "food-insecurity" → "Food insecurity" */
export function asWords(code: string): string {
  const words = code.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
