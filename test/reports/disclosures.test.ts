import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AuditEvent, Task } from '@medplum/fhirtypes';
import { validate } from '../../src/fhir/validate/validate.ts';
import type { Accounting } from '../../src/reports/disclosures/disclosures.ts';
import { kickOff, linesOf, manifestAt } from '../fhir/exports.ts';
import { call, done, fetchAsOperator, found, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';

/** A name that a spreadsheet would run. */
const AGENCY = '=HYPERLINK("http://evil.example","Pantry")';

/** A partner's server that takes everything. */
async function openServer(): Promise<{ address: string; server: Server }> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(request.method === 'POST' ? 201 : 200, { location: 'Task/there/_history/1' });
      response.end('{"resourceType":"OperationOutcome","issue":[]}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/fhir`, server };
}

describe.each(databaseKinds())('the accounting of disclosures of a client (%s)', (kind) => {
  let hub: TestHub;
  let partner: Awaited<ReturnType<typeof openServer>>;
  let hospital: Partner;
  let agency: Partner;
  let root: Task;
  let leg: string;
  let patient: string;
  const of = (id = patient): string => `${hub.url}/api/patients/${id}/disclosures`;

  beforeAll(async () => {
    hub = await startHub(kind, { workers: true });
    partner = await openServer();
    hospital = await addPartner(hub, 'St. Anna Hospital');
    agency = await addPartner(hub, AGENCY, { address: partner.address, category: 'food-insecurity' });
    const taskId = await sendReferral(hub, hospital);
    root = await done<Task>(call('GET', `${hub.fhir}/Task/${taskId}`));
    patient = root.for?.reference?.replace('Patient/', '') ?? '';
    await eventually(async () => {
      const { body } = await call<Accounting>('GET', of());
      expect(body.disclosures.map(({ how }) => how)).toEqual(['sent']);
    });
    leg = (await call<Accounting>('GET', of())).body.disclosures[0]?.what ?? '';
    await done(call('GET', `${hub.fhir}/Patient/${patient}`, { token: hospital.token }));
  });
  afterAll(async () => {
    await hub?.close();
    await new Promise((resolve) => partner.server.close(resolve));
  });

  test('says who was sent what, when, what for and because of what, and who read it', async () => {
    const { body } = await call<Accounting>('GET', of());
    expect(body).toMatchObject({ patient, since: null, until: null });
    expect(body.disclosures).toEqual([
      {
        id: expect.stringMatching(/^\d+$/),
        at: expect.stringMatching(/^\d{4}-.*Z$/),
        recipient: { id: agency.id, name: AGENCY },
        how: 'sent',
        what: expect.stringMatching(/^Task\//),
        purpose: 'COC',
        basis: `Task/${root.id}`,
        perhaps: false,
      },
      expect.objectContaining({
        recipient: { id: hospital.id, name: 'St. Anna Hospital' },
        how: 'read',
        what: `Patient/${patient}`,
        basis: null,
      }),
    ]);
  });

  test('is made of audit events, in the shape IHE gives to disclosures', async () => {
    const [event] = found<AuditEvent>(
      await call('GET', `${hub.fhir}/AuditEvent?subtype=disclose&patient=${patient}&agent=${agency.id}`),
    );
    validate(event as AuditEvent);
    expect(event).toMatchObject({
      type: { system: 'http://dicom.nema.org/resources/ontology/DCM', code: '110106' },
      subtype: [{ system: 'http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle', code: 'disclose' }],
      action: 'R',
      purposeOfEvent: [{ coding: [{ code: 'COC' }] }],
      agent: [
        { type: { coding: [{ code: '110153' }] }, who: { reference: 'Organization/careloop' }, requestor: true },
        { type: { coding: [{ code: '110152' }] }, who: { reference: `Organization/${agency.id}` }, requestor: false },
      ],
      entity: [
        { what: { reference: expect.stringContaining(leg) } },
        { what: { reference: `Task/${root.id}` } },
        { what: { reference: `Patient/${patient}` } },
      ],
    });
  });

  test('comes as CSV, in which nothing is a formula', async () => {
    const answer = await fetchAsOperator(`${of()}?format=csv`);
    expect(answer.headers.get('content-type')).toContain('text/csv');
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename=disclosures.csv');
    const lines = (await answer.text()).split('\r\n');
    expect(lines[0]).toBe('"When (UTC)","To whom","Organization","How","What","Purpose","Basis","Audit entry"');
    expect(lines).toHaveLength(4);
    expect(lines[1]).toContain(
      `"'=HYPERLINK(""http://evil.example"",""Pantry"")","${agency.id}","sent","${leg}","coordination of care","Task/${root.id}"`,
    );
  });

  test('comes as PDF, with text that can be selected', async () => {
    const answer = await fetchAsOperator(`${of()}?format=pdf`);
    expect(answer.headers.get('content-type')).toBe('application/pdf');
    const text = textOf(Buffer.from(await answer.arrayBuffer()));
    expect(text).toContain('Accounting of disclosures');
    expect(text).toContain(`Client: Patient/${patient}`);
    expect(text).toContain('St. Anna Hospital');
    expect(text).toContain('coordination of care');
  });

  test('is of a time, where one is asked for', async () => {
    const { body } = await call<Accounting>('GET', of());
    const [first, second] = body.disclosures;
    const within = async (query: string): Promise<string[]> =>
      (await call<Accounting>('GET', `${of()}?${query}`)).body.disclosures.map(({ id }) => id);
    expect(await within(`since=${second?.at}`)).toEqual([second?.id]);
    expect(await within(`until=${second?.at}`)).toEqual([first?.id]);
    expect((await call('GET', `${of()}?since=soon`)).status).toBe(400);
  });

  test('beside it, what the page shows of a client leaves entries too', async () => {
    const entries = async (id: string, path: string): Promise<unknown[]> => {
      await call('GET', `${hub.url}/api/${path}`, { headers: { 'x-request-id': id } });
      const text = `SELECT action, resource_id AS "of", query, patient FROM audit WHERE request_id = $1`;
      return hub.deps.db.query(text, [id]);
    };
    const one = { action: 'R', of: root.id, query: 'loops/*', patient };
    expect(await entries('one-loop', `loops/${root.id}`)).toEqual([one]);
    expect(await entries('all-loops', 'loops')).toEqual([{ action: 'E', of: null, query: 'loops', patient }]);
    expect(await entries('no-plans', `plans?clientId=${patient}`)).toEqual([]);
    expect(await entries('no-loop', 'loops/none')).toEqual([]);
  });

  test('names whose data was in a file of a bulk export, for who took it', async () => {
    const { statusUrl } = await kickOff(`${hub.fhir}/$export?_type=Patient,ServiceRequest`, agency.token);
    const { output } = await manifestAt(statusUrl, agency.token);
    expect((await call<Accounting>('GET', of())).body.disclosures).toHaveLength(2);
    expect(await linesOf(output, agency.token)).not.toHaveLength(0);
    const { body } = await call<Accounting>('GET', of());
    const taken = { recipient: { id: agency.id, name: AGENCY }, how: 'read', what: '$export-file' };
    expect(body.disclosures.slice(2)).toEqual(output.map(() => expect.objectContaining(taken)));
  });

  test('is for people at the hub only, and leaves an entry itself', async () => {
    const denied = await call('GET', of(), { token: hospital.token });
    expect(denied.status).toBe(403);
    const none = await call('GET', of('nobody'));
    expect([none.status, texts(none)]).toEqual([404, ['There is no Patient/nobody here.']]);
    await call('GET', of(), { headers: { 'x-request-id': 'the-accounting' } });
    const rows = await hub.deps.db.query(`SELECT patient, query FROM audit WHERE request_id = 'the-accounting'`);
    expect(rows).toEqual([{ patient, query: 'Patient/disclosures' }]);
  });
});

/** The text of a PDF as its text operators show it, each run of letters after the other. */
function textOf(pdf: Buffer): string {
  const streams = [...pdf.toString('latin1').matchAll(/stream\n([\s\S]*?)\nendstream/g)].map(([, body = '']) =>
    unpacked(Buffer.from(body, 'latin1')),
  );
  const shown = streams.join('\n').matchAll(/\[([^\]]*)\] TJ/g);
  return [...shown]
    .map(([, runs = '']) =>
      [...runs.matchAll(/<([0-9a-f]*)>/g)].map(([, hex = '']) => Buffer.from(hex, 'hex').toString('latin1')).join(''),
    )
    .join(' ');
}

function unpacked(stream: Buffer): string {
  try {
    return inflateSync(stream).toString('latin1');
  } catch {
    return '';
  }
}
