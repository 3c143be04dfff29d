import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { AppError } from '../../errors.ts';

const FILE = new URL('../../../profiles/policy/consent.json', import.meta.url);

const because = z.string().min(1).describe('Why, in a sentence for people');
const organization = z.string().regex(/^[A-Za-z0-9\-.]{1,64}$/);

/** What labelled data needs before it is disclosed. */
const labelRule = z.strictObject({
  id: z.string().min(1),
  /** Codes of `meta.security`. */
  labels: z.array(z.string().min(1)).min(1),
  /**
   * `permit`: a Consent that permits it to the recipient, named or not. `named`: one that names the recipient.
   * `named-or-treating`: or the class of treating providers. `addressed`: no Consent, but that its sender addressed the
   * recipient itself.
   */
  needs: z.enum(['permit', 'named', 'named-or-treating', 'addressed']),
  /** `label`: the Consent must speak of the label, or of the very resource. */
  naming: z.literal('label').optional(),
  /** Whether an agreement with the recipient (below) stands in for a Consent. */
  agreement: z.boolean().default(false),
  /**
   * What others than its author are shown of what carries the label, by type: elements, as they stand in JSON. It is shared
   * with that left, without a Consent. Of the resource's own extensions, those with these URLs.
   */
  shows: z
    .strictObject({
      elements: z.record(z.string().regex(/^[A-Z][A-Za-z]+$/), z.array(z.string().regex(/^[a-z][A-Za-z]*$/))),
      extensions: z.array(z.url()),
    })
    .optional(),
  because,
});

const policySchema = z.strictObject({
  /** Whose law the sentences speak of. */
  jurisdiction: z.string().min(1),
  /** What carries no label: the purposes for which it needs no Consent. */
  ordinary: z.strictObject({ bases: z.array(z.string()), because }),
  labels: z.array(labelRule),
  /**
   * Business associate agreements and qualified service organization agreements with organizations. `with`: the programme
   * that has it with them, whose referrals alone it covers; without, those of everybody here.
   * @see https://www.ecfr.gov/current/title-42/part-2/section-2.11
   */
  agreements: z.array(
    z.strictObject({
      organization,
      with: organization.optional(),
      kind: z.enum(['BAA', 'QSOA']),
      labels: z.array(z.string()).default([]),
      because,
    }),
  ),
  /** Organizations all of whose records carry a label, e.g. Part 2 programmes. Programmes will bring theirs. */
  sources: z.array(z.strictObject({ organization, labels: z.array(z.string().min(1)).min(1), because })),
  treatingProviders: z.strictObject({ organizationTypes: z.array(z.string()), because }),
  /** What must be said with each disclosure of what carries a label. */
  notices: z.record(z.string(), z.string().min(1)),
});

/** What may be disclosed on which basis: data, with a sentence for each rule. */
export type ConsentPolicy = z.infer<typeof policySchema>;
export type LabelRule = ConsentPolicy['labels'][number];

/**
 * Checks a policy. Pure.
 * @throws AppError (fault) naming what is wrong with it
 */
export function readConsentPolicy(data: unknown): ConsentPolicy {
  const read = policySchema.safeParse(data);
  if (!read.success) throw notUsable(z.prettifyError(read.error));
  const labels = read.data.labels.flatMap((rule) => rule.labels);
  const twice = labels.find((label, at) => labels.indexOf(label) !== at);
  if (twice !== undefined) throw notUsable(`Two rules speak of the label ${twice}.`);
  return read.data;
}

/**
 * The policy of this hub: `profiles/policy/consent.json`, or the operator's own.
 * @throws AppError (fault) when it cannot be read or is not usable
 */
export function loadConsentPolicy(file: string | URL = FILE): ConsentPolicy {
  try {
    return readConsentPolicy(JSON.parse(readFileSync(file, 'utf8')));
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    throw notUsable(thrown instanceof Error ? thrown.message : '', thrown);
  }
}

function notUsable(why: string, cause?: unknown): AppError {
  return new AppError('fault', 'consent.policy', `The consent policy cannot be used. ${why}`, { cause });
}

/** The rule about a label; undefined for one that is not sensitive. Pure. */
export function ruleOf(policy: ConsentPolicy, label: string): LabelRule | undefined {
  return policy.labels.find((rule) => rule.labels.includes(label));
}
