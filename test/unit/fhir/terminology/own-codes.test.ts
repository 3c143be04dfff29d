import { describe, expect, test } from '@jest/globals';
import type { CodeSystem, ValueSet } from '@medplum/fhirtypes';
import { LABEL_CODES, LABEL_SYSTEM } from '../../../../src/access/labels/label.ts';
import { ERROR_CODE_SYSTEM } from '../../../../src/errors.ts';
import { ACCOUNT_EVENT_SYSTEM, ACCOUNT_EVENTS, ROLE_SYSTEM } from '../../../../src/fhir/audit/account-events.ts';
import { MAILBOX, ROLES } from '../../../../src/fhir/role.ts';
import { expandedCodes } from '../../../../src/fhir/terminology/expansion.ts';
import { RECEIVED_CODES } from '../../../../src/loops/confirmation/questionnaire.ts';
import { NEXT_STEPS, OUTCOME_CODES, PROGRESS_CODES, SYSTEMS, WAITING_ON } from '../../../../src/loops/words.ts';
import { readProjectFile, readSources } from '../../../house/source-files.ts';
import { errorCodeSystem, errorCodesInUse } from '../../../support/generate-error-codes.ts';

const OURS: readonly [name: string, url: string, codes: readonly string[]][] = [
  ['progress', SYSTEMS.progress, PROGRESS_CODES],
  ['next-step', SYSTEMS.nextStep, NEXT_STEPS],
  ['waiting-on', SYSTEMS.waitingOn, WAITING_ON],
  ['outcome', SYSTEMS.outcome, OUTCOME_CODES],
  // Said by who declines; the hub counts them and goes by none.
  ['decline-reason', SYSTEMS.declineReason, ['out-of-area', 'missing-documents', 'lack-of-resources', 'other']],
  ['client-confirmation', SYSTEMS.confirmation, [...RECEIVED_CODES, 'settled']],
  ['role', ROLE_SYSTEM, [...ROLES, MAILBOX]],
  ['account-event', ACCOUNT_EVENT_SYSTEM, Object.keys(ACCOUNT_EVENTS)],
  ['label', LABEL_SYSTEM, LABEL_CODES],
  ['error', ERROR_CODE_SYSTEM, [...errorCodesInUse().keys()]],
];

const read = <T>(path: string): T => JSON.parse(readProjectFile(`profiles/${path}.json`)) as T;

describe.each(OURS)('the code system %s', (name, url, codes) => {
  const system = read<CodeSystem>(`CodeSystem/${name}`);

  test('has exactly the codes that are in use', () => {
    expect(system.url).toBe(url);
    expect(system.concept?.map(({ code }) => code).sort()).toEqual([...codes].sort());
    expect(system.count).toBe(codes.length);
  });

  test('says of each what it is', () => {
    for (const { code, display, definition } of system.concept ?? []) {
      expect([code, display, definition]).toEqual([code, expect.stringMatching(/./), expect.stringMatching(/\.$/)]);
    }
  });

  test('is a value set too', () => {
    const valueSet = read<ValueSet>(`ValueSet/${name}`);
    expect(system.valueSet).toBe(valueSet.url);
    expect(expandedCodes(valueSet.url ?? '')).toEqual(new Map([[url, new Set(codes)]]));
  });
});

test('every code system of the hub that the sources name is published', () => {
  const named = readSources('src', 'workers').flatMap(({ text }) =>
    [...text.matchAll(/https:\/\/careloop\.dev\/fhir\/CodeSystem\/[\w-]+/g)].map(([url]) => url),
  );
  expect([...new Set(named)].sort()).toEqual(OURS.map(([, url]) => url).sort());
});

test('the errors are as `node test/support/generate-error-codes.ts` writes them', () => {
  expect(read('CodeSystem/error')).toEqual(errorCodeSystem());
});
