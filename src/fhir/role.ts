/** What people are at a hub. A person has some of these, all for one organization. */
export const ROLES = [
  'case-manager',
  'supervisor',
  'administrator',
  'auditor',
  'protection-worker',
  'agency-worker',
  'hospital-viewer',
  'client',
] as const;

/** Who came by a link and a code to the mailbox of an organization: nobody is given it. */
export const MAILBOX = 'mailbox' as const;

export type Role = (typeof ROLES)[number] | typeof MAILBOX;

export function isRole(text: string): text is (typeof ROLES)[number] {
  return ROLES.some((role) => role === text);
}
