import type { Parameters } from '@medplum/fhirtypes';
import type { Member } from '../../terminology/expand.ts';
import type { CodingAsked } from './asked/codings.ts';

/** What is found of one code: whether it is valid, why not, and what it is called. */
export interface Verdict {
  readonly result: boolean;
  readonly message?: string;
  readonly display?: string | undefined;
}

type Named = Pick<Member, 'display' | 'designation'>;

/** The verdict on a code that is there: it may still be named by a wrong word, or only group others. Pure. */
export function verdictOn(
  asked: CodingAsked,
  named: Named,
  { abstract, mayBeAbstract }: { readonly abstract: boolean; readonly mayBeAbstract: boolean },
): Verdict {
  const { display } = named;
  if (abstract && !mayBeAbstract) {
    return { result: false, message: 'The code only groups others; it is not meant to be recorded.', display };
  }
  if (asked.display !== undefined && !isNamed(named, asked.display)) {
    return {
      result: false,
      message: `The display is not one of the code's. It is called "${namesOf(named)[0]}".`,
      display,
    };
  }
  return { result: true, display };
}

/** Whether a word is one for a code; one that has no words may be called anything. */
function isNamed(named: Named, word: string): boolean {
  const names = namesOf(named);
  return names.length === 0 || names.some((name) => plain(name) === plain(word));
}

function namesOf({ display, designation = [] }: Named): string[] {
  return [display, ...designation.map(({ value }) => value)].filter((name) => name !== undefined);
}

function plain(text: string): string {
  return text.trim().replace(/\s+/g, ' ').toLowerCase();
}

/** Of several codes that stand for one thing it is enough that one is valid. */
export function together(verdicts: readonly Verdict[]): Verdict {
  return (
    verdicts.find(({ result }) => result) ?? {
      result: false,
      message: [...new Set(verdicts.flatMap(({ message }) => message ?? []))].join(' '),
      display: verdicts[0]?.display,
    }
  );
}

/** A verdict as the answer to `$validate-code`. */
export function asParameters({ result, message, display }: Verdict): Parameters {
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'result', valueBoolean: result },
      ...(message ? [{ name: 'message', valueString: message }] : []),
      ...(display ? [{ name: 'display', valueString: display }] : []),
    ],
  };
}
