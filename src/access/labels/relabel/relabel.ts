import type { Coding, Provenance } from '@medplum/fhirtypes';
import { AppError } from '../../../errors.ts';
import type { Caller } from '../../../fhir/caller.ts';
import { authorFrom } from '../../../fhir/integrity/partner-provenance.ts';
import { notFound } from '../../../fhir/rest/interaction.ts';
import { readVisible } from '../../../fhir/rest/interactions/read.ts';
import { checkWrite, lockForWrite, type Store, transact } from '../../../fhir/store/transact.ts';
import { BY_HUB, type Stored, type UnitOfWork } from '../../../fhir/store/unit-of-work.ts';
import { validate } from '../../../fhir/validate/validate.ts';
import { forgetCarried } from '../carried.ts';
import { labelled, labelsIn, sensitiveIn, unlabelled } from '../label.ts';
import { isLabelled, type Labelling } from '../label-rule.ts';
import { type Due, whyDue } from './due.ts';
import { releaseDerived } from './release.ts';

/** What is labelled anew, with what, and why. */
export interface Relabelling {
  readonly type: string;
  readonly id: string;
  readonly labels: readonly Coding[];
  /** In a sentence for people. */
  readonly reason: string;
}

/**
 * Gives a resource more labels. Who may change it may do so: it only ever closes.
 * @returns the resource as it stands then
 * @throws AppError (403, 404, 422)
 */
export function addLabels(store: Store, caller: Caller, asked: Relabelling): Promise<Stored> {
  return transact(store, caller, async (unit) => {
    const before = await taken(store, unit, asked);
    const has = new Set(labelsIn(before));
    const added = asked.labels.filter(({ code }) => !has.has(code ?? ''));
    if (added.length === 0) return before;
    const after = { ...before, meta: { ...before.meta, security: [...(before.meta?.security ?? []), ...added] } };
    validate(after);
    const checked = await checkWrite(store, unit, before, after);
    const kept = new Set(labelsIn(checked));
    // Who is asked by a Task writes its own part of it only.
    if (added.some(({ code }) => !kept.has(code ?? ''))) throw notTheirs(asked);
    await unit.put(checked);
    // Its own from now on, whatever it comes from.
    await forgetCarried(unit, asked, codesOf(added));
    return explained(unit, asked, (provenance) => provenance);
  });
}

/**
 * Takes labels off a resource, and off what has them only because of it; what a consent was wanting for is decided anew in
 * the same transaction. That opens what was closed, so a supervisor at the hub does it.
 * @returns the resource as it stands then
 * @throws AppError (403) for others, (404), (422) where the label would come back with the next write
 */
export function removeLabels(store: Store, caller: Caller, labelling: Labelling, asked: Relabelling): Promise<Stored> {
  requireSupervisor(caller);
  return transact(store, caller, async (unit) => {
    const before = await taken(store, unit, asked);
    const codes = new Set(codesOf(asked.labels));
    const removed = labelsIn(before).filter((label) => codes.has(label));
    if (removed.length === 0) return before;
    const sensitive = sensitiveIn(before, labelling.policy).filter((label) => codes.has(label));
    for (const label of sensitive) {
      const due = await whyDue(unit, labelling, before, label);
      if (due) throw stays(asked, label, await why(unit, due));
    }
    await unit.put(unlabelled(before, codes, labelling.policy));
    await forgetCarried(unit, asked, removed);
    await releaseDerived(unit, labelling, unit.staged(asked.type, asked.id) ?? before, sensitive);
    return explained(unit, asked, (provenance) => labelled(provenance, sensitive, labelling.policy));
  });
}

async function taken(store: Store, unit: UnitOfWork, { type, id }: Relabelling): Promise<Stored> {
  const before = await lockForWrite(store, unit, type, id);
  // Says whether it was deleted.
  if (!before) await readVisible(unit.tx, unit.caller, type, id);
  if (!before) throw notFound(type, id);
  if (isLabelled(before)) return before;
  const text = `A ${type} is nobody's record, or says what may be disclosed: it is not labelled.`;
  throw new AppError('unprocessable', 'labels.type', text, { subject: { type, id } });
}

/**
 * Says who labelled it anew, and why.
 * @param marked of labels that were taken off, it is for those who might know of them: it has them itself
 */
async function explained(
  unit: UnitOfWork,
  { type, id, reason }: Relabelling,
  marked: (provenance: Stored<Provenance>) => Stored<Provenance>,
): Promise<Stored> {
  const after = unit.staged(type, id);
  if (!after) throw notFound(type, id);
  const provenance: Stored<Provenance> = {
    resourceType: 'Provenance',
    id: unit.newId(),
    target: [{ reference: `${type}/${id}/_history/${after.meta?.versionId}` }],
    recorded: unit.now.toISOString(),
    reason: [{ text: reason }],
    activity: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-DataOperation', code: 'UPDATE' }] },
    agent: [authorFrom(unit.caller)],
  };
  await unit.create(marked(provenance), BY_HUB);
  return after;
}

function codesOf(labels: readonly Coding[]): string[] {
  return labels.flatMap(({ code }) => code ?? []);
}

function requireSupervisor({ kind, personId, roles }: Caller): void {
  if (kind === 'operator' && personId !== undefined && roles?.includes('supervisor')) return;
  const text =
    'To take a label off opens what it kept closed: a supervisor at the hub does that. Tell one of them why it is wrong.';
  throw new AppError('forbidden', 'labels.supervisor', text);
}

function notTheirs({ type, id }: Relabelling): AppError {
  const text = `${type}/${id} was written by another organization, and only that, or the hub, may label it. Label what you wrote yourself.`;
  return new AppError('forbidden', 'labels.not-yours', text, { subject: { type, id } });
}

function stays({ type, id }: Relabelling, label: string, because: string): AppError {
  const text = `${type}/${id} keeps the label ${label}: ${because}`;
  return new AppError('unprocessable', 'labels.due', text, {
    issues: [{ text, expression: `${type}.meta.security` }],
    subject: { type, id },
  });
}

async function why(unit: UnitOfWork, due: Due): Promise<string> {
  switch (due.because) {
    case 'code':
      return 'one of the codes in it says so (profiles/policy/label-codes.json). Change the code first.';
    case 'organization':
      return 'all records of the organization it comes from have it (sources of the consent policy).';
    case 'source': {
      const { type, id } = due.source;
      const isSeen = (await unit.find(type, id)) !== undefined;
      const source = isSeen ? `${type}/${id}` : 'something it comes from';
      return `${source} has it, and this comes from that. Take it off there first.`;
    }
  }
}
