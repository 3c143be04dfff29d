import { NativeSelect, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { groupingsFor, type Measuring, measuresPath, useMeasures } from '../../api/measures.ts';
import { useSignedIn } from '../../api/people/session.ts';
import { countsPeople } from '../../api/people/who-sees.ts';
import { useNow } from '../../components/now.tsx';
import { Problem } from '../../components/states/problem.tsx';
import { Stale } from '../../components/states/stale.tsx';
import { useArrival } from '../../components/use-arrival.ts';
import { MeasuredTable } from './measured-table.tsx';
import { measuringOf } from './measuring.ts';
import './measures.css';

/** What is measured: each number with its definition, and the loops behind it. The period is the address. */
export function Measures() {
  const { t } = useTranslation();
  const now = useNow();
  const [address, setAddress] = useSearchParams();
  const measuring = measuringOf(address, now);
  const measured = useMeasures(measuring);
  const groupings = groupingsFor(countsPeople(useSignedIn()));
  const heading = useArrival(t('measures.title'));
  const change = (changed: Partial<Measuring>) => {
    const { from, to, groupBy } = { ...measuring, ...changed };
    setAddress({ from, to, ...(groupBy ? { groupBy } : {}) }, { replace: true });
  };
  const isEmpty = measuring.from >= measuring.to;
  return (
    <div className="page">
      <header className="loop__head">
        <h1 ref={heading} tabIndex={-1}>
          {t('measures.title')}
        </h1>
        <p className="muted">{t('measures.lead')}</p>
      </header>
      <search className="measures__period" aria-label={t('measures.which')}>
        <DayField label={t('measures.from')} value={measuring.from} onChange={(from) => change({ from })} />
        <DayField label={t('measures.to')} value={measuring.to} onChange={(to) => change({ to })} wrong={isEmpty} />
        <NativeSelect
          label={t('measures.groupBy')}
          value={measuring.groupBy ?? ''}
          onChange={({ currentTarget: { value } }) =>
            change({ groupBy: groupings.find((each) => each === value) ?? null })
          }
        >
          <option value="">{t('measures.ungrouped')}</option>
          {groupings.map((each) => (
            <option key={each} value={each}>
              {t(`measures.by.${each}`)}
            </option>
          ))}
        </NativeSelect>
        <a href={measuresPath(measuring, 'csv')} download>
          {t('measures.csv')}
        </a>
      </search>
      {measured.isLoadingError && <Problem heading="h2" error={measured.error} retry={() => void measured.refetch()} />}
      {measured.isRefetchError && <Stale />}
      {!isEmpty &&
        measured.data?.measures.map((each) => (
          <MeasuredTable key={each.id} measured={each} groupBy={measured.data.groupBy} />
        ))}
    </div>
  );
}

interface DayProps {
  label: string;
  value: string;
  onChange: (day: string) => void;
  wrong?: boolean;
}

function DayField({ label, value, onChange, wrong = false }: DayProps) {
  const { t } = useTranslation();
  return (
    <TextInput
      type="date"
      label={label}
      value={value}
      error={wrong ? t('measures.empty') : undefined}
      onChange={({ currentTarget }) => currentTarget.value && onChange(currentTarget.value)}
    />
  );
}
