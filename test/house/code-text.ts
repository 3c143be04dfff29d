const STRING = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/;
const TEMPLATE = /`(?:\\[\s\S]|[^`\\])*`/;
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//;
const TOKENS = new RegExp([STRING, TEMPLATE, COMMENT].map((part) => part.source).join('|'), 'g');

/** The text with comments blanked; every line keeps its number. */
export function withoutComments(text: string): string {
  return text.replace(TOKENS, (token) => (isComment(token) ? blank(token) : token));
}

/** The text with comments and plain strings blanked (a template's `${…}` is code, so templates stay). */
export function withoutCommentsAndStrings(text: string): string {
  return text.replace(TOKENS, (token) => (token.startsWith('`') ? token : blank(token)));
}

export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

function isComment(token: string): boolean {
  return token.startsWith('//') || token.startsWith('/*');
}

function blank(token: string): string {
  return token.replace(/[^\n]/g, ' ');
}
