import { AppError } from '../../errors.ts';
import { ACCOUNT_EVENT_SYSTEM, ACCOUNT_EVENTS, ROLE_SYSTEM } from './account-events.ts';
import { DISCLOSURE, INTERACTIONS, SYSTEMS } from './audit-event.ts';
import { namesOneOf } from './names.ts';
import { RECORDED } from './record/recorded.ts';
import { type Add, recordedAt } from './recorded-at.ts';

/** How a search parameter of AuditEvent is found in the audit entries, the alias `a`. */
interface AuditParameter {
  /** Whether an entry has a value for it, as SQL. */
  readonly present: string;
  /** Whether an entry has this one, as SQL. */
  readonly is: (value: string, add: Add, code: string) => string;
  readonly modifiers: readonly string[];
}

/** A code an entry has when `when` holds. */
interface Facet {
  readonly system: string;
  readonly code: string;
  readonly when: string;
}

const ALWAYS = 'TRUE';
const ACTIONS = ['C', 'R', 'U', 'D', 'E'] as const;
const HAS_PATIENT = 'a.patient IS NOT NULL';
const HAS_RESOURCE = 'a.resource_id IS NOT NULL';
const HAS_QUERY = 'a.query IS NOT NULL';
const HAS_BASIS = 'a.basis IS NOT NULL';
const HAS_POLICY = 'a.person_id IS NOT NULL AND a.break_glass IS NOT NULL';
const IS_DISCLOSURE = `a.interaction IS NOT DISTINCT FROM '${DISCLOSURE}'`;

/** What was done, by what an entry says of it: its interaction, or else its action. */
function interactions(): Facet[] {
  const codes = new Set([...Object.values(INTERACTIONS), 'patch', ...Object.keys(RECORDED)]);
  return [...codes].map((code) => {
    const action = ACTIONS.find((each) => INTERACTIONS[each] === code);
    const implied = action ? ` OR (a.interaction IS NULL AND a.action = '${action}')` : '';
    return { system: SYSTEMS.interaction, code, when: `(a.interaction = '${code}'${implied})` };
  });
}

/** What happened to accounts, by one of the codes that it is told as. */
function accountEvents(which: 'type' | 'subtype'): Facet[] {
  return Object.entries(ACCOUNT_EVENTS).map(([code, event]) => {
    return { system: SYSTEMS.dicom, code: event[which][0], when: `a.interaction = '${code}'` };
  });
}

const IS_ACCOUNT_EVENT = `coalesce(a.interaction IN (${Object.keys(ACCOUNT_EVENTS)
  .map((code) => `'${code}'`)
  .join(', ')}), FALSE)`;

const PARAMETERS: ReadonlyMap<string, AuditParameter> = new Map([
  ['_id', { present: ALWAYS, is: byId, modifiers: [] }],
  ['_lastUpdated', moment()],
  ['date', moment()],
  ['action', token(ACTIONS.map((code) => ({ system: SYSTEMS.action, code, when: `a.action = '${code}'` })))],
  [
    'subtype',
    token([
      ...interactions(),
      { system: SYSTEMS.lifeCycle, code: 'disclose', when: IS_DISCLOSURE },
      ...accountEvents('subtype'),
      ...Object.keys(ACCOUNT_EVENTS).map((code) => ({
        system: ACCOUNT_EVENT_SYSTEM,
        code,
        when: `a.interaction = '${code}'`,
      })),
    ]),
  ],
  [
    'type',
    token([
      { system: SYSTEMS.type, code: 'rest', when: `NOT (${IS_DISCLOSURE} OR ${IS_ACCOUNT_EVENT})` },
      ...accountEvents('type'),
      { system: SYSTEMS.dicom, code: '110106', when: IS_DISCLOSURE },
    ]),
  ],
  [
    'outcome',
    token([
      { system: SYSTEMS.outcome, code: '0', when: 'a.refusal IS NULL' },
      { system: SYSTEMS.outcome, code: '4', when: 'a.refusal IS NOT NULL' },
    ]),
  ],
  [
    'entity-type',
    token([
      {
        system: SYSTEMS.entityType,
        code: '2',
        when: `(${HAS_RESOURCE} OR ${HAS_QUERY} OR ${HAS_BASIS} OR a.about_client IS NOT NULL OR a.times IS NOT NULL)`,
      },
      { system: SYSTEMS.entityType, code: '1', when: `(${HAS_PATIENT} OR a.about_person IS NOT NULL)` },
      { system: SYSTEMS.balpEntityType, code: 'XrequestId', when: 'a.request_id IS NOT NULL' },
    ]),
  ],
  [
    'entity-role',
    token([
      { system: SYSTEMS.entityRole, code: '4', when: HAS_RESOURCE },
      { system: SYSTEMS.entityRole, code: '24', when: HAS_QUERY },
      { system: SYSTEMS.entityRole, code: '20', when: HAS_BASIS },
      { system: SYSTEMS.entityRole, code: '1', when: HAS_PATIENT },
      {
        system: SYSTEMS.entityRole,
        code: '11',
        when: '(a.about_person IS NOT NULL OR a.about_client IS NOT NULL)',
      },
    ]),
  ],
  [
    'altid',
    {
      present: '(a.client_id IS NOT NULL OR a.person_id IS NOT NULL OR a.door IS NOT NULL)',
      is: (value, add) => {
        const id = add(value.replace(/^\|/, ''));
        return `(a.client_id = ${id} OR a.person_id = ${id} OR a.door = ${id})`;
      },
      modifiers: ['not', 'missing'],
    },
  ],
  [
    'patient',
    reference(HAS_PATIENT, (type, id, add) => {
      if (!ofType(type, 'Patient')) return 'FALSE';
      const name = add(id);
      return `${namesOneOf(name)} AND a.patient = ${name}`;
    }),
  ],
  [
    'agent-role',
    {
      present: `coalesce(a.person_roles, '') <> ''`,
      is: (value, add) => `${add(codeIn(value, ROLE_SYSTEM))} = ANY (string_to_array(a.person_roles, ' '))`,
      modifiers: ['not', 'missing'],
    },
  ],
  ['entity', reference(ALWAYS, entity)],
  [
    'policy',
    {
      present: HAS_POLICY,
      is: (value, add) => {
        const name = add(value.replace(/^urn:uuid:/, ''));
        return `${namesOneOf(name)} AND ${HAS_POLICY} AND a.break_glass = ${name}`;
      },
      modifiers: ['not', 'missing'],
    },
  ],
  // What these say, no entry has.
  ...['address', 'agent-name', 'entity-name', 'site'].map((code) => [code, nothing()] as const),
]);

/** The codes of the parameters audit events are searched by. */
export function auditParameters(): string[] {
  return [...PARAMETERS.keys(), 'agent', 'source'];
}

/** What references to this hub begin with, and that of its Organization, the source of every event. */
interface ThisHub {
  readonly base: string;
  readonly observer: string;
}

/**
 * One search parameter as SQL over `audit a`; undefined when it is none of AuditEvent's. Pure.
 * @throws AppError (400) when it cannot be used so
 * @see https://hl7.org/fhir/R4/auditevent.html#search
 */
export function auditClause(name: string, value: string, add: Add, hub: ThisHub): string | undefined {
  const [code = '', modifier] = name.split(':');
  const parameter = OF_THIS_HUB[code]?.(hub.observer) ?? PARAMETERS.get(code);
  if (!parameter) {
    if (auditParameters().includes(code.split('.')[0] ?? ''))
      throw refused(name, 'It is not searched through another resource.');
    return undefined;
  }
  if (modifier === 'missing') return value === 'true' ? `NOT (${parameter.present})` : parameter.present;
  const isReference = parameter.modifiers.includes('type');
  const isType = modifier !== undefined && /^[A-Z]/.test(modifier) && isReference;
  if (modifier !== undefined && !isType && !parameter.modifiers.includes(modifier)) {
    throw refused(name, `The modifier :${modifier} is not supported here.`);
  }
  const values = value.split(/(?<!\\),/).map((part) => part.replace(/\\([,$|\\])/g, '$1'));
  const own = `${hub.base}/`;
  const said = (each: string): string => (isReference && each.startsWith(own) ? each.slice(own.length) : each);
  const found = values
    .map((each) => `(${parameter.is(isType ? `${modifier}/${each}` : said(each), add, name)})`)
    .join(' OR ');
  return modifier === 'not' ? `NOT coalesce((${found}), FALSE)` : `(${found})`;
}

function token(facets: readonly Facet[]): AuditParameter {
  return {
    present: ALWAYS,
    is: (value) =>
      facets
        .filter((facet) => isCode(facet, value))
        .map(({ when }) => when)
        .join(' OR ') || 'FALSE',
    modifiers: ['not'],
  };
}

/** A code is found by `code`, `system|code` and `system|`. */
function isCode({ system, code }: Facet, value: string): boolean {
  return value === code || value === `${system}|${code}` || value === `${system}|`;
}

function reference(present: string, is: (type: string | undefined, id: string, add: Add) => string): AuditParameter {
  const read = (value: string, add: Add): string => {
    const [, type, id] = /^(?:([A-Z][A-Za-z]*)\/)?([A-Za-z0-9\-.]{1,64})$/.exec(value) ?? [];
    return id ? is(type, id, add) : 'FALSE';
  };
  return { present, is: read, modifiers: ['type'] };
}

function ofType(said: string | undefined, type: string): boolean {
  return said === undefined || said === type;
}

function entity(type: string | undefined, id: string, add: Add): string {
  const name = add(id);
  const reference = type && add(`${type}/${id}`);
  const isIt = [
    `a.resource_id = ${name}${type ? ` AND a.resource_type = ${add(type)}` : ''}`,
    ...(reference ? [`a.basis = ${reference}`] : []),
    ...(ofType(type, 'Patient') ? [`a.patient = ${name}`] : []),
  ];
  return `${namesOneOf(name, ...(reference ? [reference] : []))} AND (${isIt.join(' OR ')})`;
}

/** Parameters about this hub too, which is the source of every event and takes part in many. */
const OF_THIS_HUB: Readonly<Record<string, (observer: string) => AuditParameter>> = {
  source: sourceIs,
  agent: agentIs,
};

function agentIs(observer: string): AuditParameter {
  const takesPart = `a.interaction IS NOT NULL AND NOT (${IS_DISCLOSURE} OR ${IS_ACCOUNT_EVENT})`;
  return reference(`(a.organization_id IS NOT NULL OR ${takesPart})`, (type, id, add) => {
    if (!ofType(type, 'Organization')) return 'FALSE';
    const other = `a.organization_id = ${add(id)} OR a.recipient = ${add(id)}`;
    return `Organization/${id}` === observer ? `(${other} OR (${takesPart}))` : `(${other})`;
  });
}

function sourceIs(observer: string): AuditParameter {
  const [type = '', ownId = ''] = observer.split('/');
  return reference(ALWAYS, (said, id) => (ofType(said, type) && id === ownId ? ALWAYS : 'FALSE'));
}

function nothing(): AuditParameter {
  return { present: 'FALSE', is: () => 'FALSE', modifiers: ['not', 'exact', 'contains', 'text'] };
}

/** The code of a token's value, as far as it is of this system; else none that there is. */
function codeIn(value: string, system: string): string {
  const [said, code] = value.includes('|') ? value.split('|') : [system, value];
  return said === system ? (code ?? '') : '';
}

function byId(value: string, add: Add): string {
  return /^[1-9]\d{0,17}$/.test(value) ? `a.id = ${add(value)}` : 'FALSE';
}

function moment(): AuditParameter {
  const is: AuditParameter['is'] = (value, add, name) => {
    const clause = recordedAt(value, add);
    if (clause) return clause;
    throw refused(name, 'Its value is not a FHIR date, e.g. 2026-11-22 or 2026-11-22T10:00:00Z.');
  };
  return { present: ALWAYS, is, modifiers: [] };
}

function refused(name: string, why: string): AppError {
  const shown = /^[\w.:-]{1,60}$/.test(name) ? ` "${name}"` : '';
  return new AppError(
    'invalid',
    'search.parameter-not-usable',
    `The search parameter${shown} cannot be used so. ${why}`,
  );
}
