import type { Store } from '../../fhir/store/transact.ts';
import { applyLabels } from './apply-labels.ts';
import type { Labelling } from './label-rule.ts';

export const LABEL_USAGE = `\
  careloop labels apply [--again]
      labels what was written before there were labels, or before a code or an organization was added to what is labelled;
      what then needs a consent is not read any more, and who could read it is told. Ctrl-C stops it, and it goes on from
      there the next time; --again begins from the start. May be run beside a hub`;

export const LABEL_OPTIONS = { again: { type: 'boolean' } } as const;

export interface LabelOptions {
  readonly again?: boolean | undefined;
}

interface LabelDeps {
  readonly store: Store;
  readonly labelling: Labelling;
}

const TELL_AT = 10_000;

/** Looking after labels from the command line. @returns the exit code: 1 when it was stopped before the end */
export const labelCommands = {
  'labels apply': async ({ store, labelling }: LabelDeps, { again }: LabelOptions): Promise<number> => {
    const stop = new AbortController();
    process.once('SIGINT', () => stop.abort());
    let told = 0;
    const { lookedAt, labelled, isFinished } = await applyLabels(store, labelling, {
      again: again ?? false,
      signal: stop.signal,
      tell: (applied) => {
        if (applied.lookedAt - told < TELL_AT) return;
        told = applied.lookedAt;
        console.log(`${applied.lookedAt} resources looked at, ${applied.labelled} labelled`);
      },
    });
    const end = isFinished ? 'that is all' : 'stopped: run it again to go on';
    console.log(`${lookedAt} resources looked at, ${labelled} labelled; ${end}`);
    return isFinished ? 0 : 1;
  },
};
