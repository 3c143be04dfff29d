import { NativeSelect, SegmentedControl } from '@mantine/core';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { LoopFilter } from '../../api/loops.ts';
import { states, waitingKinds } from './view.ts';

interface Props {
  filter: LoopFilter;
  onChange: (filter: LoopFilter) => void;
}

export function Filters({ filter, onChange }: Props) {
  const { t } = useTranslation();
  const waitingId = useId();
  return (
    <search className="filters" aria-label={t('filter.label')}>
      <SegmentedControl
        aria-label={t('filter.state')}
        value={filter.state}
        onChange={(state) => onChange({ ...filter, state })}
        data={states.map((state) => ({ value: state, label: t(`filter.${state}`) }))}
      />
      {filter.state !== 'closed' && (
        <div className="filters__who">
          <label className="muted" htmlFor={waitingId}>
            {t('filter.waitingOn')}
          </label>
          <NativeSelect
            id={waitingId}
            value={filter.waitingOn ?? ''}
            onChange={({ currentTarget }) =>
              onChange({ ...filter, waitingOn: waitingKinds.find((kind) => kind === currentTarget.value) ?? null })
            }
          >
            <option value="">{t('filter.anyone')}</option>
            {waitingKinds.map((kind) => (
              <option key={kind} value={kind}>
                {t(`filter.${kind}`)}
              </option>
            ))}
          </NativeSelect>
        </div>
      )}
    </search>
  );
}
