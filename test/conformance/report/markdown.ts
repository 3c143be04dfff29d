import type { Row } from '../requirement.ts';
import { count } from './count.ts';

export interface Section {
  readonly name: string;
  readonly rows: readonly Row[];
}

/** The report as a page. Pure: the same rows make the same page. */
export function asMarkdown(sections: readonly Section[]): string {
  return [...INTRODUCTION, ...summary(sections), '', ...sections.flatMap(details), ''].join('\n');
}

const INTRODUCTION = [
  '# Conformance',
  '',
  '<!-- Written by `npm run conformance`. Do not edit: run it. -->',
  '',
  'What the published guides ask of a server with SHALL or SHOULD, and what came of checking it over HTTP on a hub with',
  'nothing in it. `npm run conformance -- --base URL` checks any other server. What is',
  'not applicable says why.',
  '',
];

function summary(sections: readonly Section[]): string[] {
  const all = { name: '**All**', rows: sections.flatMap(({ rows }) => rows) };
  return [
    '| source | requirements | passed | failed | not applicable |',
    '|---|--:|--:|--:|--:|',
    ...[...sections, all].map(({ name, rows }) => {
      const { passed, failed, notApplicable } = count(rows);
      return line([name, rows.length, passed, failed, notApplicable]);
    }),
  ];
}

function details({ name, rows }: Section): string[] {
  const sources = [...new Set(rows.map(({ source }) => source))];
  if (sources.length === 0) return ['', `## ${name}`, '', 'The published list has no sentence in it.'];
  return [
    '',
    `## ${name}`,
    ...sources.flatMap((source) => [
      '',
      `### ${source}`,
      '',
      '| requirement | verb | text | result | reason |',
      '|---|---|---|---|---|',
      ...rows.filter((row) => row.source === source).map(asLine),
    ]),
  ];
}

function asLine({ id, verb, title, result, because, reason }: Row): string {
  return line([id, verb, title, because ? `${result} (${because})` : result, reason]);
}

function line(cells: readonly (string | number)[]): string {
  return `| ${cells.map((cell) => String(cell).replaceAll('|', '/').replace(/\s+/g, ' ')).join(' | ')} |`;
}
