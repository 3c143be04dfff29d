import { Checkbox, NativeSelect, SegmentedControl } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { LoopFilter } from '../../../api/loops.ts';
import { sorts, states, waitingKinds } from '../view.ts';

interface Props {
  filter: LoopFilter;
  /** Given what changes. */
  onChange: (change: Partial<LoopFilter>) => void;
}

export function Filters({ filter, onChange }: Props) {
  const { t } = useTranslation();
  const isOfOpen = filter.state !== 'closed';
  return (
    <search className="filters" aria-label={t('filter.label')}>
      <SegmentedControl
        aria-label={t('filter.state')}
        value={filter.state}
        onChange={(state) => onChange({ state })}
        data={states.map((state) => ({ value: state, label: t(`filter.${state}`) }))}
      />
      {isOfOpen && (
        <Choice
          label={t('filter.waitingOn')}
          value={filter.waitingOn ?? ''}
          onChoose={(value) => onChange({ waitingOn: waitingKinds.find((kind) => kind === value) ?? null })}
        >
          <option value="">{t('filter.anyone')}</option>
          {waitingKinds.map((kind) => (
            <option key={kind} value={kind}>
              {t(`filter.${kind}`)}
            </option>
          ))}
        </Choice>
      )}
      <Choice
        label={t('filter.sort')}
        value={filter.sort}
        onChoose={(value) => onChange({ sort: sorts.find((sort) => sort === value) ?? 'due' })}
      >
        {sorts.map((sort) => (
          <option key={sort} value={sort}>
            {t(`sort.${sort}`)}
          </option>
        ))}
      </Choice>
      {isOfOpen && (
        <Checkbox
          label={t('filter.overdue')}
          checked={filter.overdue}
          onChange={({ currentTarget }) => onChange({ overdue: currentTarget.checked })}
        />
      )}
      <Checkbox
        label={t('filter.unread')}
        checked={filter.unread}
        onChange={({ currentTarget }) => onChange({ unread: currentTarget.checked })}
      />
    </search>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  onChoose: (value: string) => void;
  children: ReactNode;
}

/** A list to choose one of, beside what it is of. */
export function Choice({ label, value, onChoose, children }: ChoiceProps) {
  const id = useId();
  return (
    <div className="filters__who">
      <label className="muted" htmlFor={id}>
        {label}
      </label>
      <NativeSelect id={id} value={value} onChange={({ currentTarget }) => onChoose(currentTarget.value)}>
        {children}
      </NativeSelect>
    </div>
  );
}
