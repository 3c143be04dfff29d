/** How binding a requirement is. @see https://www.rfc-editor.org/rfc/rfc2119 */
export type Verb = 'SHALL' | 'SHOULD' | 'SHALL NOT' | 'SHOULD NOT';

/** One thing a published source asks of a server. */
export interface Requirement {
  /** Unique among all sources. */
  readonly id: string;
  /** The source's name, as it stands in the report. */
  readonly source: string;
  readonly verb: Verb;
  readonly title: string;
  readonly subject: Subject;
}

/** What is to be checked: requirements about the same are checked once. */
export type Subject =
  | { readonly kind: 'resource'; readonly type: string; readonly interactions: readonly string[] }
  | { readonly kind: 'interaction'; readonly type: string; readonly code: string }
  | { readonly kind: 'system-interaction'; readonly code: string }
  | { readonly kind: 'search-parameter'; readonly type: string; readonly name: string }
  | { readonly kind: 'include'; readonly type: string; readonly include: string }
  | { readonly kind: 'profile'; readonly type: string; readonly profile: string }
  | { readonly kind: 'operation'; readonly type: string; readonly name: string }
  | { readonly kind: 'versioned-update'; readonly type: string }
  | { readonly kind: 'modified-since'; readonly type: string }
  | { readonly kind: 'literal-references'; readonly type: string }
  | { readonly kind: 'format'; readonly format: string }
  | { readonly kind: 'security' }
  /** A sentence of a list: what it means is in checks/by-sentence. */
  | { readonly kind: 'sentence'; readonly list: SentenceList; readonly key: string; readonly about?: string };

export type SentenceList = 'sdohcc' | 'subscriptions' | 'smart' | 'us-core' | 'udap';

export type Result = 'pass' | 'fail' | 'not applicable';

/** What came of a check. */
export interface Verdict {
  readonly result: Result;
  /** A sentence without ids and addresses, so that it is the same in every run. */
  readonly reason: string;
  /** Why it is not applicable, as one of a few. */
  readonly because?: Because;
}

export type Because =
  | 'about a client'
  | 'about an organization'
  | 'not published here'
  | 'not offered'
  | 'not observable';

/** One line of the report. */
export interface Row extends Verdict {
  readonly id: string;
  readonly source: string;
  readonly verb: Verb;
  readonly title: string;
}
