import type { SendOutcome } from '../channel.ts';

/** What the hub should have presented to a partner's server could not be had: nothing was sent. */
export class NotPresented extends Error {
  readonly outcome: SendOutcome;

  constructor(outcome: SendOutcome) {
    super('What is presented to this server could not be had.');
    this.name = 'NotPresented';
    this.outcome = outcome;
  }
}
