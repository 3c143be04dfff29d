import { expect, test } from '@jest/globals';
import { writtenForms } from '../../../../src/fhir/search/filters/tokens/code-case.ts';
import { indexCodeSystem } from '../../../../src/fhir/terminology/code-system.ts';

const SYSTEM = 'https://codes.example';

const codeSystem = (caseSensitive?: boolean) => (url: string) =>
  url === SYSTEM
    ? indexCodeSystem({
        resourceType: 'CodeSystem',
        status: 'active',
        content: 'complete',
        ...(caseSensitive === undefined ? {} : { caseSensitive }),
        concept: [{ code: 'mixedCase' }],
      })
    : undefined;

test.each([
  ['MIXEDCASE', ['MIXEDCASE', 'mixedCase', 'mixedcase']],
  ['mixedCase', ['mixedCase', 'mixedcase', 'MIXEDCASE']],
  ['other', ['other', 'OTHER']],
])('a system that does not tell upper from lower case: %s', (code, forms) => {
  expect(writtenForms({ codeSystem: codeSystem(false) }, SYSTEM, code)).toEqual(forms);
});

test.each([true, undefined])('a system that does, or does not say so: %s', (caseSensitive) => {
  expect(writtenForms({ codeSystem: codeSystem(caseSensitive) }, SYSTEM, 'MIXEDCASE')).toEqual(['MIXEDCASE']);
});

test('a system that is not known', () => {
  expect(writtenForms({ codeSystem: codeSystem(false) }, 'https://other.example', 'Abc')).toEqual(['Abc']);
  expect(writtenForms({}, SYSTEM, 'Abc')).toEqual(['Abc']);
});
