import type { LoopMessage } from '../../../api/types.ts';

const longest = 60;

/** How a message begins, or what is attached to one without words. */
export function excerptOf({ text, attachments }: Pick<LoopMessage, 'text' | 'attachments'>): string {
  const said = text ?? attachments[0]?.title ?? '…';
  return said.length > longest ? `${said.slice(0, longest).trimEnd()}…` : said;
}
