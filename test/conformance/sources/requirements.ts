import type { Requirement } from '../requirement.ts';
import { readCapabilityStatements } from './capability-statements.ts';
import { readNarrative, readTestKit } from './sentences.ts';

/** A place requirements are read from; some lists are published without a sentence in them. */
export interface Source {
  readonly name: string;
  readonly requirements: readonly Requirement[];
}

/** Everything the published guides ask of a server, in the order of the report. */
export function readSources(): Source[] {
  return [
    { name: 'SDOH Clinical Care 3.0.0, CapabilityStatements', requirements: readCapabilityStatements() },
    {
      name: 'SDOH Clinical Care 3.0.0, narrative',
      requirements: readNarrative('Requirements-fromNarrative.json', 'SDOH Clinical Care', 'sdohcc'),
    },
    {
      name: 'Subscriptions R5 Backport 1.1.0, test kit',
      requirements: readTestKit('subscriptions_test_kit_requirements.csv', 'Subscriptions Backport', 'subscriptions'),
    },
    {
      name: 'SMART App Launch 2.0.0 and 2.2.0, test kit',
      requirements: readTestKit('smart_app_launch_test_kit_requirements.csv', 'SMART App Launch', 'smart'),
    },
    {
      name: 'US Core, narrative',
      requirements: readNarrative('us-core-Requirements-fromNarrative.json', 'US Core', 'us-core'),
    },
    { name: 'UDAP, narrative', requirements: readNarrative('udap-Requirements-fromNarrative.json', 'UDAP', 'udap') },
  ];
}
