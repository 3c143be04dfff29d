import type { Evidence } from '../audit.ts';
import type { Sent } from '../hospital.ts';
import type { Loop } from '../hub/loops.ts';

/** One line of the table, and one entry of the JSON answer. */
export interface LoopReport {
  readonly number: number;
  readonly identifier: string;
  readonly loop: string;
  readonly client: string;
  readonly service: string;
  /** Whom the hub asked, in turn, and what they said. */
  readonly asked: readonly { readonly organization: string; readonly status: string; readonly reason: string | null }[];
  readonly outcome: string | null;
  readonly closed: boolean;
  /** From sent to closed. */
  readonly seconds: number | null;
}

export function reportOf(sent: readonly Sent[], evidence: readonly Evidence[]): LoopReport[] {
  return sent.map((each, at) => loopReport(each, evidence[at]?.loop)).sort((a, b) => a.number - b.number);
}

function loopReport({ number, referral, loopId, sentAt }: Sent, loop: Loop | undefined): LoopReport {
  return {
    number,
    identifier: referral.identifier,
    loop: loopId,
    client: `${referral.person.given} ${referral.person.family}`,
    service: loop?.service ?? referral.task.description ?? '',
    asked: (loop?.legs ?? []).map(({ organization, status, reason }) => ({
      organization: organization.name,
      status,
      reason,
    })),
    outcome: loop?.outcome?.code ?? null,
    closed: loop?.state === 'closed',
    seconds: loop?.closedAt ? Math.round((new Date(loop.closedAt).getTime() - sentAt.getTime()) / 100) / 10 : null,
  };
}

const HEADINGS = [
  '#',
  'client',
  'asked for',
  'accepted by',
  'declined by, then re-offered',
  'outcome',
  'closed',
  'time',
];

/** The loops as lines of text, in columns. */
export function tableOf(loops: readonly LoopReport[]): string {
  const rows = [HEADINGS, ...loops.map(cellsOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const lines = rows.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [lines[0], widths.map((width) => '-'.repeat(width)).join('  '), ...lines.slice(1)].join('\n');
}

function cellsOf({ number, client, service, asked, outcome, closed, seconds }: LoopReport): string[] {
  const declined = asked.filter(({ status }) => status === 'rejected');
  const taken = asked.find(({ status }) => status !== 'rejected' && status !== 'requested');
  return [
    String(number),
    client,
    shortened(service, 40),
    taken?.organization ?? '-',
    declined.map(({ organization }) => organization).join(', ') || '-',
    outcome ?? '-',
    closed ? 'yes' : 'no',
    seconds === null ? '-' : `${seconds.toFixed(1)} s`,
  ];
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
