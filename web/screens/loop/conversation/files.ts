import type { MessageInput } from '../../../api/types.ts';

type Attachment = NonNullable<MessageInput['attachments']>[number];

/** What browsers leave unsaid of some files, by how their names end. */
const types: Record<string, string> = {
  csv: 'text/csv',
  txt: 'text/plain',
  xml: 'text/xml',
  odt: 'application/vnd.oasis.opendocument.text',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

/** The chosen files as they are sent. What may not be attached, the hub says. */
export function attachmentsFrom(files: FileList | null | undefined): Promise<Attachment[]> {
  return Promise.all(
    [...(files ?? [])].map(async (file): Promise<Attachment> => {
      const ending = file.name.split('.').at(-1)?.toLowerCase() ?? '';
      const contentType = (types[ending] ?? file.type) as Attachment['contentType'];
      return { title: file.name.slice(0, 200), contentType, data: await base64Of(file) };
    }),
  );
}

function base64Of(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(',')[1] ?? '');
    reader.onerror = () => reject(reader.error ?? new Error('The file cannot be read'));
    reader.readAsDataURL(file);
  });
}
