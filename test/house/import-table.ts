/**
 * Who may import whom, as data. The layers of `src`, from the ground up: each may import what stands before it, and
 * nothing beside it.
 */
export const LAYERS: readonly (readonly string[])[] = [
  ['errors', 'config', 'input-words'],
  ['log', 'process', 'outbound', 'not-json'],
  ['db', 'hl7v2'],
  ['outbox', 'secrets'],
  ['fhir'],
  ['access'],
  ['calendars', 'counterparts'],
  ['loops', 'directory', 'clients'],
  ['policies'],
  ['referrals', 'cases', 'assessments', 'plans', 'contacts', 'transfers', 'reports', 'programmes'],
  ['deadlines', 'intake', 'channels'],
  ['deliveries', 'measures'],
  ['fetching'],
  ['doctor'],
  ['settings'],
  ['deps'],
  ['http', 'openapi'],
  ['app', 'api-processes'],
  ['main', 'cli'],
];

/** Imports against the layers. A new line here needs an ADR; `why` names it or says why none is needed. */
export const EXCEPTIONS: readonly LayerException[] = [
  {
    from: /./,
    to: /^src\/deps\.ts$/,
    typeOnly: true,
    why: 'functions name the type of the dependencies they are passed',
  },
  { from: /\/routes\.ts$/, to: /^src\/http\//, typeOnly: false, why: 'a router is part of the front hall' },
];

/** What files outside `src` may import of the project's own code, besides their own folder. */
export const OUTSIDERS: readonly OutsiderRule[] = [
  {
    folder: 'workers',
    file: /^workers\/all-in-one\.ts$/,
    may: /^src\/(?!http\/(?!listen\.ts)|main\.ts)/,
    rule: 'all-in-one imports all of src but main, and of http only how to listen',
  },
  {
    folder: 'workers',
    file: /./,
    may: /^src\/(?!http\/|app\.ts|main\.ts|cli\.ts)/,
    rule: 'workers import all of src but app, http and main',
  },
  { folder: 'web', file: /./, may: /$^/, rule: 'web imports nothing but its own files' },
];

/** Packages that only some places may import; `within` are the folders the rule watches. */
export const PACKAGE_RULES: readonly PackageRule[] = [
  {
    rule: 'bullmq and ioredis only in workers/ and in one health check',
    packages: ['bullmq', 'ioredis'],
    within: ['src', 'web'],
    allowed: /^src\/([\w-]+\/)*health\.ts$/,
    types: true,
  },
  {
    rule: 'express only in src/app.ts, src/http/ and */routes.ts',
    packages: ['express'],
    within: ['src', 'workers', 'web'],
    allowed: /^src\/(app\.ts|http\/.*|.*\/routes\.ts)$/,
    types: true,
  },
  {
    rule: 'pg and PGlite only in src/db/',
    packages: ['pg', '@electric-sql/pglite'],
    within: ['src', 'workers', 'web'],
    allowed: /^src\/db\//,
    types: true,
  },
  {
    rule: 'the network only in outbound/, channels/ and hl7v2/mllp, and where the hub itself listens',
    packages: [
      'undici',
      'nodemailer',
      'node:net',
      'node:tls',
      'node:dgram',
      'node:dns',
      'node:http',
      'node:https',
      'node:http2',
    ],
    within: ['src', 'workers'],
    allowed: /^src\/(outbound\/|channels\/|hl7v2\/mllp|main\.ts|app\.ts|http\/)|^workers\/(all-in-one|mllp-listener)/,
    types: false,
  },
];

/** Expressions that only some places may hold. */
export const TEXT_RULES: readonly TextRule[] = [
  {
    rule: 'process.env only in src/config.ts',
    pattern: /\bprocess\s*\.\s*env\b|\bprocess\[/,
    within: ['src', 'workers', 'web'],
    allowed: /^src\/config\.ts$/,
  },
  {
    rule: 'the clock is read only in src/deps.ts: take `now` as a value',
    pattern: /\bnew Date\(\s*\)|\bnew Date\b(?!\s*\()|\bDate\.now\b/,
    within: ['src', 'workers'],
    allowed: /^src\/deps\.ts$/,
  },
  {
    rule: 'fetch only in src/outbound/',
    pattern: /(?<![.\w])fetch\(/,
    within: ['src', 'workers'],
    allowed: /^src\/outbound\//,
  },
];

export interface LayerException {
  readonly from: RegExp;
  readonly to: RegExp;
  readonly typeOnly: boolean;
  readonly why: string;
}

export interface OutsiderRule {
  readonly folder: string;
  /** The files it speaks of; the first rule that fits a file is the one that holds. */
  readonly file: RegExp;
  readonly may: RegExp;
  readonly rule: string;
}

export interface TextRule {
  readonly rule: string;
  readonly pattern: RegExp;
  readonly within: readonly string[];
  readonly allowed: RegExp;
}

export interface PackageRule {
  readonly rule: string;
  readonly packages: readonly string[];
  readonly within: readonly string[];
  readonly allowed: RegExp;
  /** Whether importing only types counts too. */
  readonly types: boolean;
}
