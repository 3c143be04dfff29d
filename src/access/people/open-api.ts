import { z } from 'zod';
import {
  acceptBody,
  breakGlassBody,
  breakGlassShown,
  codeBody,
  invitationBody,
  invitationShown,
  newPasswordBody,
  passwordBody,
  personBody,
  personChangeBody,
  personShown,
  sessionShown,
  sessionsShown,
  setUpBody,
  signInBody,
  signInShown,
} from './api.ts';

/** The named shapes of what people do with their accounts, for the OpenAPI document. */
export const PEOPLE_SCHEMAS = {
  SetUpInput: setUpBody,
  SignInInput: signInBody,
  SignInWays: signInShown,
  Session: sessionShown,
  SessionList: sessionsShown,
  InvitationCode: invitationBody,
  AcceptInput: acceptBody,
  SecondFactorCode: codeBody,
  PasswordInput: passwordBody,
  NewPasswordInput: newPasswordBody,
  SecondFactorOffer: z.object({ secret: z.string(), uri: z.string() }),
  RecoveryCodes: z.object({ recoveryCodes: z.array(z.string()) }),
  Person: personShown,
  PersonInput: personBody,
  PersonChange: personChangeBody,
  PersonList: z.object({ people: z.array(personShown) }),
  Invitation: invitationShown,
  SignInLink: z.object({ link: z.string(), expiresAt: z.string() }),
  InvitedPerson: invitationShown.extend({ person: personShown }),
  Invited: z.object({
    name: z.string(),
    email: z.string(),
    organization: z.object({ id: z.string(), name: z.string() }),
  }),
  BreakGlassInput: breakGlassBody,
  BreakGlassStarted: z.object({ id: z.string(), until: z.string() }),
  BreakGlassList: breakGlassShown,
};

/** Its addresses. */
export const PEOPLE_PATHS = {
  '/api/sign-in': {
    get: { summary: 'How people sign in here', answer: { status: 200, schema: 'SignInWays', description: 'The ways' } },
  },
  '/api/setup': {
    post: {
      summary: 'Make the first person, by the link that the start of the hub printed, and sign it in',
      body: 'SetUpInput',
      answer: { status: 201, schema: 'Session', description: 'Signed in' },
    },
  },
  '/api/session': {
    get: { summary: 'Who is signed in', answer: { status: 200, schema: 'Session', description: 'The session' } },
    post: {
      summary: 'Sign in, with the code of the second factor or a recovery code where there is one',
      body: 'SignInInput',
      answer: { status: 200, schema: 'Session', description: 'Signed in' },
    },
    delete: { summary: 'Sign out', answer: { status: 204, description: 'Signed out' } },
  },
  '/api/sessions': {
    get: {
      summary: 'Where one is signed in',
      answer: { status: 200, schema: 'SessionList', description: "One's own sessions" },
    },
    delete: { summary: 'Sign out everywhere', answer: { status: 204, description: 'Signed out' } },
  },
  '/api/sessions/{id}': {
    delete: { summary: "End one of one's own sessions", answer: { status: 204, description: 'Ended' } },
  },
  '/api/account/password': {
    put: {
      summary: "Change one's own password; one's other sessions end",
      body: 'NewPasswordInput',
      answer: { status: 204, description: 'Changed' },
    },
  },
  '/api/account/second-factor': {
    post: {
      summary: 'Be offered a second factor (TOTP); it counts when a code of it was said',
      body: 'PasswordInput',
      answer: { status: 200, schema: 'SecondFactorOffer', description: 'Its secret, and its address for a QR code' },
    },
    put: {
      summary: 'Take the offered second factor into use',
      body: 'SecondFactorCode',
      answer: { status: 200, schema: 'RecoveryCodes', description: 'The recovery codes, told once' },
    },
    delete: {
      summary: "Give up one's second factor",
      body: 'PasswordInput',
      answer: { status: 204, description: 'Given up' },
    },
  },
  '/api/invitations/look': {
    post: {
      summary: 'Whom a link invites',
      body: 'InvitationCode',
      answer: { status: 200, schema: 'Invited', description: 'Who is invited' },
    },
  },
  '/api/invitations/accept': {
    post: {
      summary: 'Take an invitation: choose a password, and be signed in',
      body: 'AcceptInput',
      answer: { status: 200, schema: 'Session', description: 'Signed in' },
    },
  },
  '/api/people': {
    get: { summary: 'Everybody who may sign in', answer: { status: 200, schema: 'PersonList', description: 'People' } },
    post: {
      summary: 'Add somebody',
      body: 'PersonInput',
      answer: { status: 201, schema: 'InvitedPerson', description: 'The person, with a link to choose a password by' },
    },
  },
  '/api/people/{id}': {
    patch: {
      summary: 'Change what somebody is called, is, or whether they may sign in',
      body: 'PersonChange',
      answer: { status: 200, schema: 'Person', description: 'The person' },
    },
  },
  '/api/people/{id}/invitation': {
    post: {
      summary: 'Make a new link, also for who lost a password or a second factor',
      answer: { status: 201, schema: 'Invitation', description: 'The link, told once' },
    },
  },
  '/api/people/{id}/sign-in-link': {
    post: {
      summary: 'Make a link that signs somebody in; only in the store of a demo (DEMO_STORE)',
      answer: { status: 201, schema: 'SignInLink', description: 'The link, told once; it is good once' },
    },
  },
  '/api/session/link': {
    post: {
      summary: 'Sign in by a link; only in the store of a demo',
      body: 'InvitationCode',
      answer: { status: 200, schema: 'Session', description: 'Signed in' },
    },
  },
  '/api/people/{id}/sessions': {
    delete: { summary: 'Sign somebody out everywhere', answer: { status: 204, description: 'Signed out' } },
  },
  '/api/break-glass': {
    get: {
      summary: 'Who has looked at what is not for their role',
      answer: { status: 200, schema: 'BreakGlassList', description: 'The latest first' },
    },
    post: {
      summary: 'Read everything for a time, in an emergency',
      body: 'BreakGlassInput',
      answer: { status: 201, schema: 'BreakGlassStarted', description: 'Until when' },
    },
  },
  '/api/break-glass/{id}': {
    delete: { summary: 'End it before its time', answer: { status: 204, description: 'Ended' } },
  },
  '/api/break-glass/{id}/seen': {
    post: { summary: 'Say, as a supervisor, that one has seen it', answer: { status: 204, description: 'Kept' } },
  },
} as const;
