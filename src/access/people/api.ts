import { z } from 'zod';
import { ROLES } from '../../fhir/role.ts';

const LONGEST_PASSWORD = 1_000;

const name = z.string().trim().min(1, 'Say what this person is called.').max(200);
const email = z.email('This is not an e-mail address.').max(320);
const roles = z.array(z.enum(ROLES)).min(1, 'Give one role or more.').max(ROLES.length);
const password = z.string().min(1).max(LONGEST_PASSWORD);
const code = z.string().min(1).max(100);
const id = z.string().regex(/^[A-Za-z0-9\-.]{1,64}$/, 'This is not an id.');

export const setUpBody = z.strictObject({
  code,
  name,
  email,
  password,
  roles: roles.default(['administrator', 'case-manager']),
});

export const signInBody = z.strictObject({ email: z.string().min(1).max(320), password, code: code.optional() });

export const invitationBody = z.strictObject({ code });

export const acceptBody = z.strictObject({ code, password });

export const personBody = z.strictObject({
  name,
  email,
  organizationId: id,
  roles,
  patientId: id.optional().describe('Of a client: the id of the Patient whose record it sees'),
});

export const personChangeBody = z.strictObject({
  name: name.optional(),
  roles: roles.optional(),
  active: z.boolean().optional(),
});

export const codeBody = z.strictObject({ code });

export const passwordBody = z.strictObject({ password });

export const newPasswordBody = z.strictObject({ current: password, new: password });

export const breakGlassBody = z.strictObject({
  reason: z.string().trim().min(10, 'Say in some words why: a supervisor reads it.').max(1_000),
  minutes: z.int().min(1).max(60),
});

const organization = z.object({ id: z.string(), name: z.string() });

export const personShown = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  roles: z.array(z.enum(ROLES)),
  organization,
  patientId: z.string().optional(),
  active: z.boolean(),
  secondFactor: z.boolean(),
  createdAt: z.string(),
  invited: z.boolean().describe('Whether no password was chosen yet'),
});

export const invitationShown = z.object({ invitation: z.url(), expiresAt: z.string() });

export const sessionShown = z.object({
  person: z.object({
    id: z.string(),
    name: z.string(),
    email: z.string(),
    roles: z.array(z.enum(ROLES)),
    organization,
  }),
  csrfToken: z.string(),
  secondFactor: z.boolean(),
  idleUntil: z.string(),
  endsAt: z.string(),
  brokenGlass: z.object({ id: z.string(), until: z.string() }).optional(),
  breakGlassUnseen: z.int().optional(),
});

export const sessionsShown = z.object({
  sessions: z.array(
    z.object({
      id: z.string(),
      createdAt: z.string(),
      usedAt: z.string(),
      userAgent: z.string(),
      current: z.boolean(),
    }),
  ),
});

export const signInShown = z.object({
  setUp: z.boolean().describe('Whether nobody can sign in yet: the start of the hub has printed a link'),
  password: z.boolean(),
  providers: z.array(z.object({ id: z.string(), name: z.string() })),
});

export const breakGlassShown = z.object({
  breakGlass: z.array(
    z.object({
      id: z.string(),
      person: z.object({ id: z.string(), name: z.string() }),
      reason: z.string(),
      startedAt: z.string(),
      until: z.string(),
      active: z.boolean(),
      seenAt: z.string().nullable(),
    }),
  ),
});
