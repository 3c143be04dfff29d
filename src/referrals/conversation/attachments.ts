import type { Binary } from '@medplum/fhirtypes';
import { AppError, type Issue } from '../../errors.ts';
import { parseLocal } from '../../fhir/references.ts';
import type { UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { attachedTo, type StoredMessage } from './message.ts';

/** Bytes of one attachment. With what JSON makes of them, one fits into a request. */
export const LARGEST_ATTACHMENT = 3_500_000;
export const MOST_ATTACHMENTS = 5;

/** Documents and pictures. Nothing that a browser would run: no HTML, no SVG, no programs. */
export const ATTACHMENT_TYPES = [
  'application/pdf',
  'image/jpeg',
  'image/png',
  'text/plain',
  'text/csv',
  'text/xml',
  'application/xml',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.oasis.opendocument.text',
] as const;

const TYPES: ReadonlySet<string> = new Set(ATTACHMENT_TYPES);

interface Content {
  readonly contentType: string | undefined;
  readonly bytes: number;
}

/** @throws AppError (422) when something attached may not be, or is not there */
export async function checkAttachments(unit: UnitOfWork, message: StoredMessage): Promise<void> {
  const issues: Issue[] = [];
  for (const [at, { contentAttachment }] of (message.payload ?? []).entries()) {
    if (!contentAttachment) continue;
    const content = await contentOf(unit, contentAttachment);
    const text = content === undefined ? `There is no ${contentAttachment.url} on this hub.` : whyNot(content);
    if (text) issues.push({ text, expression: `Communication.payload[${at}].contentAttachment` });
  }
  if (attachedTo(message).length > MOST_ATTACHMENTS)
    issues.push({ text: `A message has up to ${MOST_ATTACHMENTS} attachments.`, expression: 'Communication.payload' });
  if (issues.length === 0) return;
  const text = 'What is attached to this message cannot be sent.';
  throw new AppError('unprocessable', 'message.attachment', text, {
    issues,
    subject: { type: 'Communication', id: message.id },
  });
}

/** Why a content may not be attached; undefined: it may. Pure. */
export function whyNot({ contentType, bytes }: Content): string | undefined {
  const type = typeIn(contentType);
  if (!mayBeAttached(contentType))
    return `A ${type || 'content without a type'} is not attached. Send it as one of: ${ATTACHMENT_TYPES.join(', ')}.`;
  if (bytes > LARGEST_ATTACHMENT) return `It has ${bytes} bytes, and an attachment has at most ${LARGEST_ATTACHMENT}.`;
  return undefined;
}

/** Whether something of a media type may be attached at all. Pure. */
export function mayBeAttached(contentType: string | undefined): contentType is string {
  return TYPES.has(typeIn(contentType));
}

/** A media type without its parameters. Pure. */
function typeIn(contentType: string | undefined): string {
  return (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

interface Attached {
  readonly url?: string;
  readonly data?: string;
  readonly contentType?: string;
}

/** What is attached: in the message, here as a Binary, or elsewhere, of which only its type is known. */
async function contentOf(unit: UnitOfWork, { url, data, contentType }: Attached): Promise<Content | undefined> {
  const local = parseLocal(url);
  if (local?.type !== 'Binary') return { contentType, bytes: bytesIn(data) };
  const binary = await unit.find<Binary>('Binary', local.id);
  return binary && { contentType: binary.contentType, bytes: bytesIn(binary.data) };
}

/** How many bytes stand in a base64 text. Pure. */
export function bytesIn(data: string | undefined): number {
  return data ? Buffer.byteLength(data, 'base64') : 0;
}
