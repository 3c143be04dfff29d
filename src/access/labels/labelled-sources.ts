import type { RowWriter } from '../../db/row-writer.ts';
import type { LocalReference } from '../../fhir/references.ts';
import type { UnitOfWork } from '../../fhir/store/unit-of-work.ts';

/** More than so many are forgotten all at once: then some are asked for anew. */
const MOST_REMEMBERED = 10_000;

/**
 * Which sources have turned out to have labels. Few have: so it is taken for granted that what is not remembered here has
 * none, and the statement that writes confirms it, instead of one that asks before.
 */
export class LabelledSources {
  readonly #names = new Set<string>();

  /**
   * Has a transaction lean on all of these having no labels, where none is known to have some.
   * @returns false when their labels must be looked at
   */
  leanOnNone(unit: UnitOfWork, sources: ReadonlyMap<string, LocalReference>): boolean {
    if ([...sources.keys()].some((name) => this.#names.has(name))) return false;
    const remember = (): void => this.#remember(sources.keys());
    for (const { type, id } of sources.values()) unit.leanOn(unlabelled, { type, id }, remember);
    return true;
  }

  /** Takes note of who has none after all. */
  forget(name: string): void {
    this.#names.delete(name);
  }

  #remember(names: Iterable<string>): void {
    if (this.#names.size > MOST_REMEMBERED) this.#names.clear();
    for (const name of names) this.#names.add(name);
  }
}

/** Writes nothing: refuses where something has a label, whichever, or is being given one. What is not there has none. */
const unlabelled: RowWriter<LocalReference> = {
  name: 'unlabelled',
  columns: { type: 'text', id: 'text' },
  mustAffectEach: true,
  statement: (rows) => `SELECT 1 FROM ${rows} WHERE stands_unlabelled(r.type, r.id)`,
};
