import type { Group, GroupMember } from '@medplum/fhirtypes';
import { parseLocal } from '../../references.ts';
import { read } from '../../rest/interactions/read.ts';
import { belowBase } from '../../rest/request/address.ts';
import { tryDateRange } from '../../search/date-range.ts';
import { type Desk, readOrNothing } from '../find-definition.ts';

/**
 * The patients who are members of a group at this moment: by themselves, or in a group that is its member, however deep.
 * @returns their ids, each once
 * @throws AppError (404) when there is no such Group for the caller
 * @see https://hl7.org/fhir/R4/group-definitions.html#Group.member
 */
export async function patientsInGroup(desk: Desk, id: string): Promise<string[]> {
  const patients = new Set<string>();
  // What is found on the way is gone through, too; one that is its own member, once.
  const groups = new Map([[id, (await read(desk.sql, desk.caller, 'Group', id)) as Group]]);
  for (const [, { member = [] }] of groups) {
    for (const { entity } of member.filter((each) => isMemberAt(desk.now, each))) {
      const named = parseLocal(belowBase(entity.reference ?? '', desk.base));
      if (named?.type === 'Patient') patients.add(named.id);
      if (named?.type !== 'Group' || groups.has(named.id)) continue;
      const inner = await readOrNothing<Group>(desk, 'Group', named.id);
      if (inner) groups.set(named.id, inner);
    }
  }
  return [...patients];
}

function isMemberAt(now: Date, { inactive, period }: GroupMember): boolean {
  const [begun, over] = [tryDateRange(period?.start ?? ''), tryDateRange(period?.end ?? '')];
  return inactive !== true && !(begun && begun.startsAt > now) && !(over && over.endsAt < now);
}
