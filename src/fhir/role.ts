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

export type Role = (typeof ROLES)[number];

export function isRole(text: string): text is Role {
  return ROLES.some((role) => role === text);
}
