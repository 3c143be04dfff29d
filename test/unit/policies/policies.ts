import { type PolicyText, readPolicies } from '../../../src/policies/read.ts';

/** A file that says something of a programme, or of all referrals. */
export const file = (content: unknown, programme?: string): PolicyText => ({
  file: programme === undefined ? 'policy.json' : `programmes/${programme}/policy.json`,
  programme,
  text: typeof content === 'string' ? content : JSON.stringify(content),
});

/** What is wrong with some files. */
export function mistakesIn(...texts: PolicyText[]): readonly string[] {
  const read = readPolicies(texts);
  return 'mistakes' in read ? read.mistakes.map((line) => line.trim()) : [];
}

export const rulesOf = (...rules: readonly object[]): object => ({
  name: 'Test',
  because: 'To see.',
  rules: rules.map((rule) => ({ for: {}, because: 'To see.', ...rule })),
});
