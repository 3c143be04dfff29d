import { spawnSync } from 'node:child_process';
import { type AuditReport, readAudit } from './read-audit.ts';

/** `npm run audit`: whether a vulnerability is known in a package that the hub runs with. It ends with 1 where one is grave. */
const LONGEST_MS = 60_000;
const ran = spawnSync('npm', ['audit', '--omit=dev', '--json'], { encoding: 'utf8', timeout: LONGEST_MS });
const { isGood, lines } = readAudit(reportOf(ran.stdout));
for (const line of lines) console.log(line);
process.exitCode = isGood ? 0 : 1;

function reportOf(text: string): AuditReport {
  try {
    return JSON.parse(text) as AuditReport;
  } catch {
    return {};
  }
}
