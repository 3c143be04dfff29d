import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Resource } from '@medplum/fhirtypes';
import { type Answer, call, found, texts } from '../support/api.ts';
import { createClock } from '../support/clock.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { fillClinic } from './clinic.ts';

describe.each(databaseKinds())('a search (%s)', (kind) => {
  let hub: TestHub;
  let ids: ReadonlyMap<string, string>;
  beforeAll(async () => {
    hub = await startHub(kind, { now: createClock('2026-02-01T12:00:00Z').now });
    ids = await fillClinic(hub.fhir);
  });
  afterAll(() => hub?.close());

  const url = (query: string): string =>
    `${hub.fhir}/${query.replaceAll(/@(\w+)/g, (whole, name: string) => ids.get(name) ?? whole)}`;
  const ask = (query: string): Promise<Answer<Bundle>> =>
    call<Bundle>('GET', url(query), { headers: { prefer: 'handling=strict' } });
  const nameOf = ({ id }: Resource): string => [...ids].find(([, known]) => known === id)?.[0] ?? `unknown ${id}`;
  async function names(query: string): Promise<string> {
    const answer = await ask(query);
    expect([answer.status, query]).toEqual([200, query]);
    return found<Resource>(answer).map(nameOf).sort().join(' ');
  }

  const TOKENS: [string, string][] = [
    ['Patient?identifier=mrn-1', 'ann'],
    ['Patient?identifier=https://hospital.example|MRN-1', 'ann'],
    ['Patient?identifier:of-type=http://id.example|MR|Mrn-1', 'ann'],
    ['Patient?identifier:of-type=http://id.example|SS|Mrn-1', ''],
    ['Patient?identifier:text=record', 'ann'],
    ['Patient?telecom=ann@home.example', 'ann'],
    ['Patient?telecom=email|ann@home.example', 'ann'],
    ['Patient?telecom=email|Ann@Home.example', 'ann'],
    ['Patient?telecom=home|ann@home.example', 'ann'],
    ['Patient?telecom=email|', 'ann'],
    ['Patient?telecom=phone|ann@home.example', ''],
    ['Patient?telecom=|ann@home.example', ''],
    ['Patient?email=email|ann@home.example', 'ann'],
    ['Patient?email=ann@home.example', 'ann'],
    ['Patient?phone=ann@home.example', ''],
    ['Patient?gender=http://hl7.org/fhir/administrative-gender|female', 'ann'],
    ['Patient?gender=https://other.example|female', ''],
    ['Patient?gender=|male', 'bob'],
    ['Patient?gender=FEMALE', ''],
    ['Patient?gender:not=female', 'bob eve'],
    ['Patient?gender:not=female,male', 'eve'],
    ['Patient?deceased=true', 'eve'],
    ['Patient?_tag=https://tags.example|vip', 'ann'],
    ['Patient?_tag:text=very%20imp', 'ann'],
    ['Patient?_source=https://hospital.example/adt', 'ann'],
    ['Observation?code:text=WEIGHT%20res', 'bobs heavy light'],
    ['Observation?code=http://loinc.org|1', 'bobs heavy light'],
    ['Observation?code=http://loinc.org|', 'answer bobs heavy light pressure'],
    ['Observation?combo-code=dia', 'pressure'],
    ['Observation?_id:not=@light,@heavy,@bobs', 'answer pressure'],
  ];
  const RANGES: [string, string][] = [
    ['Observation?date=2026-01', 'heavy light'],
    ['Observation?date=2026-01-05', 'light'],
    ['Observation?date=ap2026-01-05', 'heavy light'],
    ['Observation?date=sa2026-01,2026-01-05', 'bobs light'],
    ['Observation?date:missing=true', 'answer pressure'],
    ['Observation?value-quantity=5.4', 'bobs light'],
    ['Observation?value-quantity=5.40', 'bobs light'],
    ['Observation?value-quantity=5', 'bobs light'],
    ['Observation?value-quantity=5.4|http://unitsofmeasure.org|g', 'light'],
    ['Observation?value-quantity=5.4||kg', 'bobs'],
    ['Observation?value-quantity=gt10|http://unitsofmeasure.org|g', 'bobs heavy'],
    ['Observation?value-quantity=5400|http://unitsofmeasure.org|g', 'bobs'],
    ['Observation?value-quantity=5400|http://unitsofmeasure.org|mg', 'light'],
    ['Observation?value-quantity=5400.0|http://unitsofmeasure.org|mg', 'light'],
    ['Observation?value-quantity=5449|http://unitsofmeasure.org|mg', ''],
    ['Observation?value-quantity=0.0054|http://unitsofmeasure.org|kg', 'light'],
    ['Observation?value-quantity=11.9|http://unitsofmeasure.org|[lb_av]', 'bobs'],
    ['Observation?value-quantity=gt10|http://unitsofmeasure.org|mL', ''],
    ['Observation?value-quantity=gt10|https://units.example|g', ''],
    ['Observation?code-value-quantity=1$0.09|http://unitsofmeasure.org|kg', 'heavy'],
    ['Observation?combo-code-value-quantity=dia$0.12|http://unitsofmeasure.org|m', ''],
    ['Observation?component-code-value-quantity=sys$0.12|http://unitsofmeasure.org|m', 'pressure'],
    ['Observation?value-quantity=gt10||g,lt6||kg', 'bobs heavy'],
    ['Observation?combo-value-quantity=ge80', 'heavy pressure'],
    ['RiskAssessment?probability=0.25', 'risk'],
    ['RiskAssessment?probability=gt0.3', ''],
    ['RiskAssessment?probability=le0.25', 'risk'],
  ];
  const COMPOSITES: [string, string][] = [
    ['Observation?code-value-quantity=http://loinc.org|1$gt10', 'heavy'],
    ['Observation?code-value-quantity=1$5.4||kg,1$90||g', 'bobs heavy'],
    ['Observation?code-value-string=3$not', 'answer'],
    ['Observation?component-code-value-quantity=sys$120', 'pressure'],
    ['Observation?component-code-value-quantity=sys$80', ''],
    ['Observation?combo-code-value-quantity=dia$lt100||mm', 'pressure'],
    ['Observation?combo-code-value-quantity=1$90', 'heavy'],
    ['Observation?component-code-value-quantity:missing=false', 'pressure'],
    ['Observation?code-value-string:missing=false', 'answer'],
    ['DocumentReference?relationship=replaces$DocumentReference/@letter', 'copy'],
    ['DocumentReference?relationship=signs$DocumentReference/@letter', ''],
  ];
  const TEXTS: [string, string][] = [
    ['Patient?family=ang', 'ann'],
    ['Patient?name=ann%20%C3%A5ng', 'ann'],
    ['Patient?name:contains=NGSTR', 'ann'],
    ['Patient?family:exact=%C3%85ngstr%C3%B6m', 'ann'],
    ['Patient?family:exact=Angstrom', ''],
    ['Patient?name:missing=true', 'eve'],
    ['Questionnaire?url=https://forms.example/food/short', 'form'],
    ['Questionnaire?url:below=https://forms.example/food', 'form'],
    ['Questionnaire?url:below=https://forms.example/Food', ''],
    ['Questionnaire?url:above=https://forms.example/food/short/1/x', 'form'],
    ['Questionnaire?url:above=https://forms.example', ''],
  ];
  const REFERENCES: [string, string][] = [
    ['Observation?subject=@ann', 'heavy light'],
    ['Observation?subject=Patient/@ann', 'heavy light'],
    ['Observation?subject:Patient=@ann', 'heavy light'],
    ['Observation?subject:Group=@ann', ''],
    ['Observation?patient=@ann', 'heavy light'],
    ['Observation?patient=Group/@ann', ''],
    ['Observation?performer:missing=false', 'bobs'],
    ['Patient?_list=@listed', 'bob'],
    ['Task?output=Procedure/@done', 'task'],
    ['ServiceRequest?supporting-info=Observation/@light', 'need'],
    // A parameter without a value asks for nothing.
    ['Patient?gender=&family=', 'ann bob eve'],
  ];
  test.each([...TOKENS, ...RANGES, ...COMPOSITES, ...TEXTS, ...REFERENCES])('%s finds %j', async (query, wanted) => {
    expect(await names(query)).toBe(wanted);
  });

  test('by a reference written with the address of this server', async () => {
    expect(await names(`Observation?subject=${hub.fhir}/Patient/@ann`)).toBe('heavy light');
  });

  test('of several types at once', async () => {
    expect(await names('?_type=Patient,Task&_lastUpdated=gt2000')).toBe('ann bob eve task');
    expect(await names('?_tag=vip')).toBe('ann');
    expect(await names('?_type=Task')).toBe('task');
  });

  test('by a form, together with the query', async () => {
    const answer = await call<Bundle>('POST', `${hub.fhir}/Patient/_search?gender=male,female`, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'family=ong',
    });
    expect(found<Resource>(answer).map(nameOf)).toEqual(['bob']);
    expect(answer.body.link?.[0]?.url).toBe(`${hub.fhir}/Patient?gender=male%2Cfemale&family=ong`);
  });

  describe('is refused, with what to do:', () => {
    const usable = (name: string, why: string): string => `The search parameter "${name}" cannot be used so. ${why}`;
    test.each<[string, string]>([
      [
        'Patient?birthdate=lately',
        usable('birthdate', 'Its value is not a FHIR date, e.g. 2026-11-22 or 2026-11-22T10:00:00Z.'),
      ],
      [
        'Patient?gender:above=x',
        usable(
          'gender:above',
          'This server does not know this code of the system, and so not what is above or below it. Name the codes, separated by commas.',
        ),
      ],
      [
        'Patient?gender:in=https://x',
        usable(
          'gender:in',
          'This server does not know the value set, or not all of its codes. Name the codes, separated by commas.',
        ),
      ],
      [
        'Patient?family:text=x',
        usable(
          'family:text',
          'The modifier :text is not supported for string parameters; these are: :exact, :contains, :missing.',
        ),
      ],
      ['Patient?active:missing=maybe', usable('active:missing', 'The value of :missing is true or false.')],
      [
        'Patient?identifier=a|b|c',
        usable('identifier', 'Write a token as code or system|code, and a | that is part of it as \\|.'),
      ],
      ['Observation?value-quantity=heavy', usable('value-quantity', 'Its value is not a number, e.g. 5.4 or lt100.')],
      ['Observation?code-value-quantity=1', usable('code-value-quantity', 'Its value has 2 parts, joined by $.')],
      ['Observation?subject:Task.code=x', usable('subject:Task.code', 'It does not refer to Task, but to ')],
      [
        'Location?near=here',
        usable('near', 'Write degrees and a distance: latitude|longitude|distance|units, e.g. 42.25|-83.69|11|km.'),
      ],
      [
        'Location?near=91|2',
        usable('near', 'Write degrees and a distance: latitude|longitude|distance|units, e.g. 42.25|-83.69|11|km.'),
      ],
      [
        'Location?near=1|2|3|furlong',
        usable('near', 'Its units are km, m, [mi_us], [mi_i]: latitude|longitude|distance|units.'),
      ],
      [
        'Patient?_text=x',
        usable('_text', 'This server does not search by it. Search by the parameters its metadata lists.'),
      ],
      [
        'Patient?_has:Observation:colour:code=1',
        usable(
          '_has:Observation:colour:code',
          'Observation has no such reference parameter. Write _has:Type:reference:parameter.',
        ),
      ],
      [
        'Patient?_has:Observation:subject:colour=1',
        usable('_has:Observation:subject:colour', 'Observation has no search parameter as its last part names.'),
      ],
      [
        'Patient?_has:Nothing:subject:code=1',
        usable('_has:Nothing:subject:code', 'After _has: stands no R4 resource type.'),
      ],
      ['Task?focus.identifier=1', usable('focus.identifier', 'It can lead to')],
      ['?_type=Patient,Nothing', '_type must name R4 resource types, separated by commas.'],
      [`Patient?${'gender=male&'.repeat(101)}`, 'A search may have at most 100 parameters. Ask in several searches.'],
      [`Patient?_id=${'1,'.repeat(10_001)}`, 'A search may have at most 10000 values. Ask in several searches.'],
    ])('%#: %s', async (query, text) => {
      const form = {
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: query.slice(query.indexOf('?') + 1),
      };
      const type = query.slice(0, query.indexOf('?'));
      const answer = await call('POST', `${hub.fhir}/${type ? `${type}/` : ''}_search`, form);
      expect([answer.status, texts(answer)[0]?.slice(0, text.length)]).toEqual([400, text]);
    });

    test('a chain that goes too far', async () => {
      for (const step of ['partof.', '_has:Organization:partof:']) {
        const name = (depth: number): string => `${step.repeat(depth)}name`;
        expect((await ask(`Organization?${name(32)}=x`)).status).toBe(200);
        expect(texts(await ask(`Organization?${name(33)}=x`))).toEqual([
          'The search parameter in this address cannot be used so. It leads over more than 32 references.',
        ]);
      }
    });

    test('a chain that branches too much', async () => {
      const name = `${'part-of.'.repeat(12)}subject:Patient.name`;
      expect(texts(await ask(`Procedure?${name}=x`))).toEqual([
        usable(
          name,
          'It can lead over more than 1000 links. Say the type of what each reference leads to, e.g. subject:Patient.name.',
        ),
      ]);
      const typed = `${'part-of:Procedure.'.repeat(12)}subject:Patient.name`;
      expect((await ask(`Procedure?${typed}=x`)).status).toBe(200);
    });

    test('a parameter that is not known, when that is asked', async () => {
      const answer = await ask('Patient?colour=blue&subject.name=x&gender=male');
      expect([answer.status, texts(answer)]).toEqual([
        400,
        ['The search parameter "colour" is not known.', 'The search parameter "subject.name" is not known.'],
      ]);
    });

    test.each(['', 'colour=blue', 'identifier=', 'identifier=1&colour=blue'])(
      'a condition that is not understood: %s',
      async (query) => {
        const answer = await call('DELETE', `${hub.fhir}/Patient?${query}`);
        expect(answer.status).toBe(400);
      },
    );
  });
});
