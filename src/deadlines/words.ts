import type { NextStepCode } from '../loops/words.ts';

/** What is awaited, as whom it is awaited from is told. Nothing about anybody. */
export const AWAITED: Readonly<Record<NextStepCode, string>> = {
  'resolve-intake': 'what it does not say: for whom it is, or what is asked. Ask who sent it',
  'choose-recipient': 'that an organization is chosen for this referral',
  'obtain-consent': "the client's consent",
  deliver: 'that the offer reaches the organization that is asked',
  decide: 'an answer: accept this referral, or decline it with a reason',
  'first-contact': 'the first contact with the client: set the status in-progress, or say what stands against it',
  progress: 'news of how it goes',
  resume: 'that the work goes on, or how it ended',
  'report-outcome': 'the outcome: what was done, or why it was not',
  'answer-cancel': 'an answer whether the work can be stopped: cancel it, or complete it',
  answer: 'an answer to a message about it',
  'resolve-answer': 'that somebody clears up what an organization has said on its own server: it could not be taken',
  'decide-after-decline': 'a decision what to do after it was declined',
  'decide-after-failure': 'a decision what to do after it failed',
  'confirm-closing': 'that its end is read by who asked',
  'confirm-with-client': 'what the client says of it: ask whether it was received',
  'decide-after-answer': 'a decision what to do after the client has said that something remains',
};
