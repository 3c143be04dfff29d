/** What is asked of the hub, and what stands beside it in the same rounds. */
export const KINDS = [
  'echo',
  'insert',
  'commit',
  'read',
  'create',
  'update',
  'transaction',
  'search',
  'chained',
  'include',
] as const;
export type Kind = (typeof KINDS)[number];

/** What each is, for the table. */
export const MEANINGS: Readonly<Record<Kind, string>> = {
  echo: 'express, a JSON body of 1 kB sent back',
  insert: 'express, a JSON body of 1 kB into one row by `pg`',
  commit: 'the database alone: one row of 1 kB, one commit',
  read: 'GET Task/id',
  create: 'POST Task, 1 kB, four references',
  update: 'PUT Task/id',
  transaction: 'POST a transaction Bundle of 10 new resources',
  search: 'Task?owner=…&status=…&_count=20',
  chained: 'Task?patient:Patient.identifier=…',
  include: 'Task?owner=…&status=…&_count=20&_include=Task:patient',
};

/** How many resources one transaction Bundle makes. */
export const BUNDLE_SIZE = 10;
