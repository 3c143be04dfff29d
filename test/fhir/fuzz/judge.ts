import http from 'node:http';
import type { OperationOutcome } from '@medplum/fhirtypes';
import { fromXml } from '../../../src/fhir/xml/from-xml.ts';
import { operatorToken } from '../../support/operator.ts';

/** What is sent; the path is sent as it stands, however it is written. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

export interface Said {
  readonly status: number;
  readonly text: string;
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });

/** Sends a request, and fails unless the answer is one that a hub may give to anything. */
export async function ask(base: string, asked: Asked): Promise<Said> {
  const said = await send(base, asked);
  const wrong = faultOf(said, asked.method);
  if (wrong) throw new Error(`${wrong}: ${said.status} ${said.text.slice(0, 500)}`);
  return said;
}

export function stopAsking(): void {
  agent.destroy();
}

function send(base: string, { method, path, headers = {}, body }: Asked): Promise<Said> {
  const { hostname, port } = new URL(base);
  const all = { authorization: `Bearer ${operatorToken(base)}`, ...headers };
  return new Promise((resolve, reject) => {
    const request = http.request({ agent, hostname, port, method, path: sendable(path), headers: all }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** An address as it can stand in a request line: what cannot is encoded. */
function sendable(path: string): string {
  return path.toWellFormed().replace(/[^!-~]/gu, (sign) => encodeURIComponent(sign));
}

/** Traces of the inside: a stack, a file, SQL, the words of the database. */
const INSIDE =
  /\n\s+at |\.[jt]s:\d|node_modules|node:internal|\bSELECT\b|INSERT INTO|relation "|syntax error at|duplicate key|violates|constraint "|invalid input syntax|out of range|SQLSTATE|TypeError|RangeError|Cannot read prop|undefined is not|is not a function/;

/** What is wrong with an answer, if anything is. */
export function faultOf({ status, text }: Said, method = 'GET'): string | undefined {
  if (status >= 500 || status < 200) return 'a fault of the hub';
  if (method === 'HEAD') return undefined;
  if (status < 400)
    return hasEmpty(text) ? 'an answer with an empty list or object, which FHIR does not have' : undefined;
  const outcome = parsed(text);
  if (outcome?.resourceType !== 'OperationOutcome') return 'a refusal that is no OperationOutcome';
  return faultOfOutcome(outcome);
}

/** What is wrong with an OperationOutcome, if anything is. */
export function faultOfOutcome(outcome: OperationOutcome): string | undefined {
  if (!outcome.issue?.length || !outcome.issue.every(({ details }) => details?.text)) return 'a refusal without words';
  return INSIDE.test(JSON.stringify(outcome).replaceAll('\\n', '\n')) ? 'a refusal that shows the inside' : undefined;
}

/** Whether JSON of a resource holds what FHIR has none of. @see https://hl7.org/fhir/R4/json.html */
function hasEmpty(text: string): boolean {
  if (!text.startsWith('{"resourceType"') || !/\[\]|\{\}/.test(text)) return false;
  let found = false;
  JSON.parse(text, (_name, value: unknown) => {
    found ||= typeof value === 'object' && value !== null && Object.keys(value).length === 0;
    return value;
  });
  return found;
}

function parsed(text: string): OperationOutcome | undefined {
  try {
    return (text.startsWith('<') ? fromXml(text) : JSON.parse(text)) as OperationOutcome;
  } catch {
    return undefined;
  }
}
