import type { Duration, Observation, QuestionnaireItem } from '@medplum/fhirtypes';
import { requireWholeScope } from '../../../scopes/allowed.ts';
import { tryDateRange } from '../../../search/date-range.ts';
import { searchBundle } from '../../../search/search.ts';
import { escapeValue } from '../../find-definition.ts';
import { choiceValue } from '../../inputs.ts';
import { momentBefore } from '../../moments.ts';
import { note } from '../../notes.ts';
import { EXTENSIONS, extensionValue } from '../sdc.ts';
import type { Work } from '../work.ts';

/** What an Observation must not be, to say anything of now. */
const NOT_HELD: ReadonlySet<string | undefined> = new Set(['entered-in-error', 'cancelled', 'registered', 'unknown']);

/**
 * The value of the newest Observation of the subject with one of the item's codes, of those not older than the item
 * says, that the caller may see; undefined when there is none.
 * @see http://hl7.org/fhir/uv/sdc/populate.html#observation-based-population
 */
export async function observedValue(work: Work, item: QuestionnaireItem, place: string): Promise<unknown> {
  const period = extensionValue<Duration>(item, EXTENSIONS.observationLinkPeriod);
  const codes = (item.code ?? []).flatMap(({ system, code }) =>
    code ? `${escapeValue(system ?? '')}|${escapeValue(code)}` : [],
  );
  const subject = work.response.subject?.reference;
  if (!period || !subject) return undefined;
  const since = momentBefore(work.budget.now, period);
  if (codes.length === 0 || !since) {
    note(work.notes, 'This item has no code, or its period is no duration: no Observation was looked for.', place);
    return undefined;
  }
  requireWholeScope(work.desk.caller, 's', 'Observation');
  const bundle = await searchBundle(
    work.desk,
    'Observation',
    [
      ['subject', subject],
      ['code', codes.join(',')],
      ['date', `ge${since.toISOString()}`],
      ['date', `le${work.budget.now.toISOString()}`],
      ['_sort', '-date'],
      ['_count', '50'],
    ],
    { strict: true },
  );
  const found = (bundle.entry ?? []).flatMap(({ resource }) =>
    resource?.resourceType === 'Observation' ? [resource] : [],
  );
  const usable = found.filter((each) => !NOT_HELD.has(each.status) && choiceValue(each) !== undefined);
  return newest(usable);
}

function newest(observations: readonly Observation[]): unknown {
  const [first] = [...observations].sort((a, b) => timeOf(b) - timeOf(a));
  return first && choiceValue(first);
}

function timeOf({ effectiveDateTime, effectiveInstant, effectivePeriod }: Observation): number {
  const said = effectiveDateTime ?? effectiveInstant ?? effectivePeriod?.end ?? effectivePeriod?.start ?? '';
  return tryDateRange(said)?.startsAt.getTime() ?? 0;
}
