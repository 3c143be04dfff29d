import { useTranslation } from 'react-i18next';
import type { Grouping } from '../../api/measures.ts';
import type { MeasuredNumber } from '../../api/types.ts';
import { asWords } from '../../components/loop/progress.ts';
import { useFormat } from '../../i18n/format.ts';

/** How the page calls the group that a number is of. */
export function useGroupName(groupBy: Grouping | null): (number: MeasuredNumber) => string {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  return ({ group }) => {
    if (group === null || groupBy === null) return t('measures.all');
    const value = group[groupBy] ?? null;
    if (value === null) return t('measures.without');
    if (typeof value !== 'string') return value.name;
    if (groupBy === 'month') return format.month(value);
    if (groupBy === 'language') return format.language(value);
    // Codes of other kinds are what somebody wrote.
    const key = `measures.is.${value}`;
    return i18n.exists(key) ? t(key as 'measures.is.mature') : isCode(groupBy) ? value : asWords(value);
  };
}

function isCode(groupBy: Grouping): boolean {
  return groupBy === 'postcode' || groupBy === 'payer';
}
