import { COLUMNS } from './columns.ts';
import type { Accounting } from './disclosures.ts';

/** An accounting as a document: A4 across, its text selectable. */
export async function toPdf(accounting: Accounting): Promise<Buffer> {
  // With its fonts it takes as long to load as a tenth of the hub, and few ask for it.
  const { default: PDFDocument } = await import('pdfkit');
  const document = new PDFDocument({
    size: 'A4',
    layout: 'landscape',
    margin: 36,
    lang: 'en',
    info: { Title: 'Accounting of disclosures', CreationDate: new Date(accounting.made) },
  });
  const chunks: Buffer[] = [];
  const ended = new Promise<void>((resolve, reject) => document.on('end', resolve).on('error', reject));
  document.on('data', (chunk: Buffer) => chunks.push(chunk));
  write(document, accounting);
  document.end();
  await ended;
  return Buffer.concat(chunks);
}

function write(document: PDFKit.PDFDocument, { patient, since, until, made, disclosures }: Accounting): void {
  document.fontSize(14).text('Accounting of disclosures').moveDown(0.5).fontSize(9);
  document.text(`Client: Patient/${patient}`);
  document.text(`Time: ${since ?? 'from the beginning'} to ${until ?? made}. Made ${made}.`);
  document.text(`${disclosures.length} disclosures. Access by the hub's own people is not listed.`).moveDown();
  document.fontSize(7).table({
    data: [
      COLUMNS.map(({ title }) => title),
      ...disclosures.map((each) => COLUMNS.map(({ of }) => printable(of(each)))),
    ],
  });
}

/** The built-in fonts have the letters of Western Europe; another is shown as a question mark. Pure. */
function printable(text: string): string {
  return text.normalize('NFC').replace(/[^\x20-\x7e\xa0-\xff]/gu, '?');
}
