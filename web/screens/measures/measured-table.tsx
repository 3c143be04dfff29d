import { UnstyledButton } from '@mantine/core';
import { Fragment, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Grouping } from '../../api/measures.ts';
import type { Measured, MeasuredNumber } from '../../api/types.ts';
import { asWords } from '../../components/loop/progress.ts';
import { useFormat } from '../../i18n/format.ts';
import { Behind } from './behind.tsx';
import { useGroupName } from './group-name.ts';

interface Props {
  measured: Measured;
  groupBy: Grouping | null;
}

/** One measure: what is counted, and its numbers. What is not told says so. */
export function MeasuredTable({ measured, groupBy }: Props) {
  const { t, i18n } = useTranslation();
  const { id, title, definition, numbers } = measured;
  const titled = `measures.title.${id}` as 'measures.title.received';
  const isTitled = i18n.exists(titled);
  const statistics = Object.keys(numbers[0]?.values ?? {});
  return (
    <section className="panel measure" aria-labelledby={`measure-${id}`}>
      <h2 id={`measure-${id}`} {...(isTitled ? {} : { lang: 'en' })}>
        {isTitled ? t(titled) : title}
      </h2>
      <p className="muted" lang="en">
        {definition}
      </p>
      {numbers.length === 0 ? (
        <p>{t('measures.none')}</p>
      ) : (
        <div className="measure__frame">
          <table>
            <thead>
              <tr>
                <th scope="col">{groupBy ? t(`measures.by.${groupBy}`) : t('measures.group')}</th>
                {statistics.map((name) => (
                  <th key={name} scope="col" className="measure__number">
                    {t(`measures.value.${name}` as 'measures.value.count')}
                  </th>
                ))}
                <th scope="col" className="measure__number">
                  {t('measures.of')}
                </th>
                <th scope="col" className="measure__number">
                  {t('measures.open')}
                </th>
                <td />
              </tr>
            </thead>
            <tbody>
              {numbers.map((number) => (
                <Row
                  key={`${JSON.stringify(number.group)} ${number.part}`}
                  {...{ measured, number, groupBy, statistics }}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

interface RowProps extends Props {
  number: MeasuredNumber;
  statistics: string[];
}

function Row({ measured, number, groupBy, statistics }: RowProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const nameOf = useGroupName(groupBy);
  const [isOpen, setOpen] = useState(false);
  const name = [nameOf(number), ...(number.part ? [asWords(number.part)] : [])].join(' · ');
  const counted = (value: number | null) => (value === null ? '–' : format.number(value));
  return (
    <Fragment>
      <tr>
        <th scope="row">{name}</th>
        {number.suppressed ? (
          <td colSpan={statistics.length + 2} className="measure__untold muted">
            {t('measures.untold')}
          </td>
        ) : (
          <>
            {statistics.map((each) => (
              <td key={each} className="measure__number">
                {valueIn(number.values[each] ?? null, measured.unit, format.number)}
              </td>
            ))}
            <td className="measure__number">{counted(number.n)}</td>
            <td className="measure__number">{counted(number.open)}</td>
          </>
        )}
        <td>
          {number.loops !== null && (
            <UnstyledButton className="measure__more" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
              {t('measures.loops')}
            </UnstyledButton>
          )}
        </td>
      </tr>
      {isOpen && number.loops !== null && (
        <tr>
          <td colSpan={statistics.length + 4}>
            <Behind path={number.loops} />
          </td>
        </tr>
      )}
    </Fragment>
  );
}

/** Shares as per cent, hours with their unit; the rest as it is. */
function valueIn(value: number | null, unit: string, number: (value: number) => string): string {
  if (value === null) return '–';
  if (unit === '1') return `${number(Math.round(value * 1_000) / 10)} %`;
  const rounded = number(Math.round(value * 100) / 100);
  return unit === 'h' ? `${rounded} h` : rounded;
}
