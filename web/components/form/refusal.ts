import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, type Issue, type ProblemKind } from '../../api/client.ts';

/** Why the hub did not do what it was asked. */
export interface Refusal {
  /** By the name of the field. */
  readonly fields: Readonly<Record<string, string>>;
  /** What is about no field. */
  readonly whole: string | null;
}

type Words = (kind: ProblemKind, code: string | null, issue: Issue | undefined) => string;

/** Says a refusal in the reader's language where it is a known one, else in the hub's words. */
export function useRefusalWords(): Words {
  const { t, i18n } = useTranslation();
  return useCallback(
    (kind, code, issue) => {
      const known = `refused.${code}`;
      if (code && i18n.exists(known)) return i18n.t(known as 'refused.people.sign-in');
      return issue?.sentence || `${t(`problem.${kind}`)}. ${t(`problem.${kind}Do`)}`;
    },
    [t, i18n],
  );
}

interface About {
  /** The fields of the form. */
  readonly names: readonly string[];
  readonly blames: string | undefined;
  readonly words: Words;
}

/** Sorts what the hub said to the fields it is about. */
export function refusalOf(error: unknown, { names, blames, words }: About): Refusal {
  const { kind, code, issues } = error instanceof ApiError ? error : new ApiError('failed');
  const fields: Record<string, string> = {};
  let whole: string | null = null;
  for (const issue of issues.length > 0 ? issues : [undefined]) {
    const name = issue && names.includes(issue.field) ? issue.field : code ? blames : undefined;
    if (name) fields[name] ??= words(kind, code, issue);
    else whole ??= words(kind, code, issue);
  }
  return { fields, whole };
}
