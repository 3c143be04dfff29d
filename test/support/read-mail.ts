/** What is said in a mail, as who reads it sees it. */
export const textIn = (raw: string): string => raw.replaceAll('=\r\n', '').replaceAll('=3D', '=');

/** The token of the link to an agency's mailbox that stands in a mail. */
export const linkIn = (mail: string): string => /\/answer#([\w-]{43})/.exec(mail)?.[1] ?? '';

/** The code that stands in a mail, alone in its line. */
export const codeIn = (mail: string): string => /^ {4}(\d{8})\r?$/m.exec(mail)?.[1] ?? '';
