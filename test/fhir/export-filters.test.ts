import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OperationOutcome, Patient, Resource } from '@medplum/fhirtypes';
import { startProgramOf } from '../access/programs.ts';
import { call, done, fetchAsOperator } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { kickOff, linesOf, type Manifest, manifestAt, namesOf } from './exports.ts';
import { type BadRequest, expectRefusal } from './refusal.ts';

const SCOPES = ['system/Basic.rs', 'system/ValueSet.rs', 'system/CodeSystem.rs'];

describe.each(databaseKinds())('$export with filters (%s)', (kind) => {
  let hub: TestHub;
  const ids = new Map<string, string>();
  const add = async (name: string, body: object): Promise<void> => {
    const made = await done(call('POST', `${hub.fhir}/${(body as Resource).resourceType}`, { body }));
    ids.set(name, `${(body as Resource).resourceType}/${made.id}`);
  };
  const of = (...names: string[]): string[] => names.map((name) => ids.get(name) ?? name).sort();
  const task = (status: string, text: string, who?: string): object => ({
    resourceType: 'Task',
    status,
    intent: 'order',
    code: { text },
    ...(who ? { for: { reference: ids.get(who) } } : {}),
  });

  beforeAll(async () => {
    hub = await startHub(kind, { workers: true, settings: { EXPORT_CONCURRENCY: '1000' } });
    await add('asa', { resourceType: 'Patient', name: [{ family: 'Berg' }], birthDate: '1990-01-01' });
    await add('omar', { resourceType: 'Patient', name: [{ family: 'Dahl' }] });
    await add('drafted', task('draft', 'a', 'asa'));
    await add('on hold', task('on-hold', 'b', 'asa'));
    await add('cancelled', task('cancelled', 'c', 'omar'));
  });
  afterAll(() => hub?.close());

  const manifestOf = async (path: string, prefer = 'respond-async'): Promise<Manifest> => {
    const answer = await call('GET', `${hub.fhir}/${path}`, { headers: { prefer } });
    expect(answer.status).toBe(202);
    return manifestAt(answer.headers.get('content-location') ?? '');
  };
  const exported = async (path: string): Promise<string[]> => namesOf(await linesOf((await manifestOf(path)).output));
  const filter = (...searches: string[]): string =>
    searches.map((each) => `_typeFilter=${encodeURIComponent(each)}`).join('&');

  test('has what meets the search of its type, and all of other types', async () => {
    expect(await exported(`$export?_type=Task,Patient&${filter('Task?status=draft')}`)).toEqual(
      of('asa', 'omar', 'drafted'),
    );
  });

  test('has what meets one of several searches of a type, sent one by one, or with a comma between them', async () => {
    const wanted = of('drafted', 'cancelled');
    expect(await exported(`$export?_type=Task&${filter('Task?status=draft', 'Task?status=cancelled')}`)).toEqual(
      wanted,
    );
    expect(await exported(`$export?_type=Task&${filter('Task?status=draft,Task?status=cancelled')}`)).toEqual(wanted);
    expect(await exported(`$export?_type=Task&${filter('Task?status=draft,cancelled')}`)).toEqual(wanted);
  });

  test('takes value sets and code systems that are stored here', async () => {
    const system = 'https://agency.example/pets';
    const concept = [{ code: 'Dog', concept: [{ code: 'Beagle' }] }, { code: 'Cat' }];
    await add('pets', { resourceType: 'CodeSystem', status: 'active', url: system, content: 'complete', concept });
    const filters = [{ property: 'concept', op: 'is-a', value: 'Dog' }];
    const compose = { include: [{ system, filter: filters }] };
    await add('dogs', { resourceType: 'ValueSet', status: 'active', url: 'https://agency.example/dogs', compose });
    await add('typed', { resourceType: 'Basic', code: { coding: [{ system, code: 'Beagle' }] } });
    await add('untyped', { resourceType: 'Basic', code: { coding: [{ system, code: 'Cat' }] } });
    const basics = async (search: string): Promise<string[]> => exported(`$export?_type=Basic&${filter(search)}`);
    expect(await basics('Basic?code:in=https://agency.example/dogs')).toEqual(of('typed'));
    expect(await basics(`Basic?code:in=${ids.get('dogs')}`)).toEqual(of('typed'));
    expect(await basics('Basic?code:not-in=https://agency.example/dogs')).toEqual(of('untyped'));
    expect(await basics(`Basic?code:below=${system}|Dog`)).toEqual(of('typed'));
    expect(await basics(`Basic?code:below=${system}|Dog,Basic?code=${system}|Cat`)).toEqual(of('typed', 'untyped'));
    // A program whose scopes are looked at names them, too.
    const program = await startProgramOf(hub, 'careloop', SCOPES);
    const token = await program.token(SCOPES.join(' '));
    const search = filter('Basic?code:in=https://agency.example/dogs');
    const { statusUrl } = await kickOff(`${hub.fhir}/$export?_type=Basic&${search}`, token);
    const { output } = await manifestAt(statusUrl, token);
    expect(namesOf(await linesOf(output, token))).toEqual(of('typed'));
  });

  test('takes any search of this server: chains, modifiers, references to it, several parameters', async () => {
    const berg = filter('Task?patient:Patient.family=berg&status:not=draft');
    expect(await exported(`$export?_type=Task&${berg}`)).toEqual(of('on hold'));
    expect(await exported(`$export?_type=Task&${filter(`Task?patient=${hub.fhir}/${ids.get('omar')}`)}`)).toEqual(
      of('cancelled'),
    );
    expect(await exported(`$export?_type=Patient&${filter('Patient?_has:Task:patient:status=cancelled')}`)).toEqual(
      of('omar'),
    );
  });

  test('takes a time whose offset from UTC is not encoded twice', async () => {
    const born = filter('Patient?_lastUpdated=gt2020-01-01T00:00:00+01:00&birthdate=lt1990-01-02T00:00:00+01:00');
    expect(await exported(`$export?_type=Patient&${born}`)).toEqual(of('asa'));
  });

  test('is of the records of patients, too', async () => {
    const body = {
      resourceType: 'Parameters',
      parameter: [
        { name: 'patient', valueReference: { reference: ids.get('asa') } },
        { name: '_typeFilter', valueString: 'Task?status=draft,cancelled' },
        { name: '_type', valueString: 'Task' },
      ],
    };
    const { statusUrl } = await kickOff(`${hub.fhir}/Patient/$export`, undefined, body);
    expect(namesOf(await linesOf((await manifestAt(statusUrl)).output))).toEqual(of('drafted'));
  });

  test('with _elements of a type leaves other types whole', async () => {
    const { output } = await manifestOf('$export?_type=Patient,Task&_elements=Patient.birthDate,Task.intent');
    const lines = await linesOf(output);
    const [asa] = lines.filter(({ id }) => `Patient/${id}` === ids.get('asa')) as Patient[];
    expect(Object.keys(asa ?? {}).sort()).toEqual(['birthDate', 'id', 'meta', 'resourceType']);
    const whole = await linesOf((await manifestOf('$export?_type=Patient,Task&_elements=Task.intent')).output);
    expect((whole.find(({ id }) => `Patient/${id}` === ids.get('asa')) as Patient).name).toEqual([{ family: 'Berg' }]);
  });

  test('that is lenient says what it left out', async () => {
    const manifest = await manifestOf(
      `Patient/$export?_type=Patient,Organization&includeAssociatedData=LatestProvenanceResources&x=y&${filter('Task?status=draft', 'Patient?whatever=1')}`,
      'respond-async, handling=lenient',
    );
    expect(namesOf(await linesOf(manifest.output))).toEqual(of('asa', 'omar'));
    expect(manifest.error.map(({ type, count }) => [type, count])).toEqual([['OperationOutcome', 5]]);
    const outcomes = await linesOf<OperationOutcome>(manifest.error);
    expect(outcomes.map(({ issue }) => [issue[0]?.severity, issue[0]?.details?.text])).toEqual(
      [
        'includeAssociatedData was left out: this server does not serve it.',
        'A parameter an export does not know was left out.',
        'Resources of Organization belong to no patient: they were left out.',
        'A _typeFilter is of a type that is not exported. Add the type to _type, or leave the filter out.',
        'A _typeFilter has a search parameter that this server does not know for its type. It was left out.',
      ].map((text) => ['warning', text]),
    );
  });

  test('is packed when it is asked for so', async () => {
    const [file] = (await manifestOf('$export?_type=Patient')).output;
    const ask = (encoding: string): Promise<Response> =>
      fetchAsOperator(file?.url ?? '', { headers: { 'accept-encoding': encoding } });
    const packed = await ask('br, gzip;q=0.5');
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect(packed.headers.get('vary')).toContain('Accept-Encoding');
    const plain = await ask('gzip;q=0');
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(await packed.text()).toBe(await plain.text());
  });

  test('is read by programs that say which form they take', async () => {
    const [file] = (await manifestOf('$export?_type=Patient')).output;
    const answer = await fetchAsOperator(file?.url ?? '', { headers: { accept: 'application/fhir+ndjson' } });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/fhir+ndjson']);
  });

  test('says how far it is, and when to ask again', async () => {
    const { statusUrl } = await kickOff(`${hub.fhir}/$export?_type=Patient`);
    const first = await call('GET', statusUrl);
    if (first.status === 202) {
      expect(first.headers.get('retry-after')).toBe('2');
      expect(first.headers.get('x-progress')).toMatch(/^(waiting to begin|\d+ resources, \d of \d types done)$/);
    }
    await manifestAt(statusUrl);
    expect(Date.parse((await call('GET', statusUrl)).headers.get('expires') ?? '')).not.toBeNaN();
  });

  const ASYNC = { headers: { prefer: 'respond-async' } };
  const AT = "Parameters.parameter.where(name='_typeFilter')";
  const WRITE = 'Write each _typeFilter as a type and a search, e.g. Task?status=draft (encoded in an address).';
  test.each<BadRequest>([
    ['a filter without a type', 'GET /fhir/R4/$export?_typeFilter=status%3Ddraft', ASYNC, 400, WRITE, AT],
    ['a filter that was not encoded', 'GET /fhir/R4/$export?_typeFilter=Task', ASYNC, 400, WRITE, AT],
    ['a filter without a search', 'GET /fhir/R4/$export?_typeFilter=Task%3F', ASYNC, 400, WRITE, AT],
    ['a filter that filters nothing', 'GET /fhir/R4/$export?_typeFilter=Task%3Fstatus%3D', ASYNC, 400, WRITE, AT],
    [
      'a filter of a type there is not',
      'GET /fhir/R4/$export?_typeFilter=Tusk%3Fstatus%3Ddraft',
      ASYNC,
      400,
      WRITE,
      AT,
    ],
    [
      'a filter of a type that is not exported',
      'GET /fhir/R4/$export?_type=Patient&_typeFilter=Task%3Fstatus%3Ddraft',
      ASYNC,
      400,
      'A _typeFilter is of a type that is not exported. Add the type to _type, or leave the filter out.',
      AT,
    ],
    [
      'a filter that sorts',
      'GET /fhir/R4/$export?_typeFilter=Task%3Fstatus%3Ddraft%26_sort%3D_id',
      ASYNC,
      400,
      'A _typeFilter says which resources are exported: how results are shown (_sort, _include …) has no place in it.',
      AT,
    ],
    [
      'a filter by what cannot be searched by',
      'GET /fhir/R4/$export?_typeFilter=Task%3Fwhatever%3Ddraft',
      ASYNC,
      400,
      'A _typeFilter has a search parameter that this server does not know for its type. Leave it out, or send Prefer: handling=lenient.',
      AT,
    ],
    [
      'a value that cannot be searched by',
      'GET /fhir/R4/$export?_typeFilter=Patient%3Fbirthdate%3Dtoday',
      ASYNC,
      400,
      /birthdate/,
    ],
    [
      'associated data',
      'GET /fhir/R4/$export?includeAssociatedData=LatestProvenanceResources',
      ASYNC,
      400,
      'includeAssociatedData is not served here. Leave it out; for Provenance name it in _type.',
      "Parameters.parameter.where(name='includeAssociatedData')",
    ],
    [
      'elements of elements',
      'GET /fhir/R4/$export?_elements=Patient.name.family',
      ASYNC,
      400,
      '_elements names elements of resources, with or without their type, e.g. id,Patient.name. Those within elements cannot be named.',
      "Parameters.parameter.where(name='_elements')",
    ],
    [
      'a patient that is not here',
      'GET /fhir/R4/Patient/$export?patient=Patient/nobody',
      ASYNC,
      422,
      'A Patient named in "patient" is not here. Leave it out, or name one of this server.',
      "Parameters.parameter.where(name='patient')",
    ],
  ])('refuses %s', (...request) => expectRefusal(hub, request));
});
