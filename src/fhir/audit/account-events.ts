/** Where ids of people are from, as identifiers. */
export const PERSON_SYSTEM = 'https://careloop.dev/fhir/sid/person';

/** Where ids of programs are from, as identifiers. */
export const CLIENT_SYSTEM = 'https://careloop.dev/fhir/sid/client';

/** The roles of people at a hub. */
export const ROLE_SYSTEM = 'https://careloop.dev/fhir/CodeSystem/role';

/** What happens to accounts, as the audit keeps it. */
export const ACCOUNT_EVENT_SYSTEM = 'https://careloop.dev/fhir/CodeSystem/account-event';

type Code = readonly [code: string, display: string];

const AUTHENTICATION: Code = ['110114', 'User Authentication'];
const SECURITY_ALERT: Code = ['110113', 'Security Alert'];
const ATTRIBUTES: Code = ['110137', 'User Security Attributes Changed'];
const CONFIGURATION: Code = ['110129', 'Security Configuration'];

/**
 * What is recorded of accounts, by what `audit.interaction` says of it: the codes of DICOM that it is told as.
 * @see https://dicom.nema.org/medical/dicom/current/output/chtml/part16/sect_CID_401.html
 */
export const ACCOUNT_EVENTS: Readonly<Record<string, { readonly type: Code; readonly subtype: Code }>> = {
  'sign-in': { type: AUTHENTICATION, subtype: ['110122', 'Login'] },
  'sign-out': { type: AUTHENTICATION, subtype: ['110123', 'Logout'] },
  'person-added': { type: SECURITY_ALERT, subtype: ATTRIBUTES },
  'person-changed': { type: SECURITY_ALERT, subtype: ['110136', 'Security Roles Changed'] },
  invited: { type: SECURITY_ALERT, subtype: ATTRIBUTES },
  'password-changed': { type: SECURITY_ALERT, subtype: ATTRIBUTES },
  'second-factor-on': { type: SECURITY_ALERT, subtype: ATTRIBUTES },
  'second-factor-off': { type: SECURITY_ALERT, subtype: ATTRIBUTES },
  token: { type: SECURITY_ALERT, subtype: ['110126', 'Node Authentication'] },
  'client-added': { type: SECURITY_ALERT, subtype: CONFIGURATION },
  'client-changed': { type: SECURITY_ALERT, subtype: CONFIGURATION },
  'client-revoked': { type: SECURITY_ALERT, subtype: CONFIGURATION },
  'signing-key-added': { type: SECURITY_ALERT, subtype: CONFIGURATION },
  'secrets-rotated': { type: SECURITY_ALERT, subtype: CONFIGURATION },
  'provider-added': { type: SECURITY_ALERT, subtype: CONFIGURATION },
  'provider-changed': { type: SECURITY_ALERT, subtype: CONFIGURATION },
  'configuration-changed': { type: SECURITY_ALERT, subtype: CONFIGURATION },
  command: { type: SECURITY_ALERT, subtype: ['110132', 'Use of Restricted Function'] },
  'break-glass': { type: SECURITY_ALERT, subtype: ['110127', 'Emergency Override Started'] },
  'break-glass-end': { type: SECURITY_ALERT, subtype: ['110138', 'Emergency Override Stopped'] },
  'break-glass-seen': { type: SECURITY_ALERT, subtype: ['110132', 'Use of Restricted Function'] },
};

export function isAccountEvent(interaction: string | null): interaction is string {
  return interaction !== null && Object.hasOwn(ACCOUNT_EVENTS, interaction);
}
