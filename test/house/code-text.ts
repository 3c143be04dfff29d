const STRING = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/;
const TEMPLATE = /`(?:\\[\s\S]|[^`\\])*`/;
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//;
const TOKENS = new RegExp([STRING, TEMPLATE, COMMENT].map((part) => part.source).join('|'), 'g');

/** The text with comments blanked; every line keeps its number. */
export function withoutComments(text: string): string {
  return text.replace(TOKENS, (token) => (isComment(token) ? blank(token) : token));
}

/** The text with comments and plain strings blanked, strings to `_` so that an argument stays one (a template's `${…}` is code, so templates stay). */
export function withoutCommentsAndStrings(text: string): string {
  return text.replace(TOKENS, (token) => (token.startsWith('`') ? token : blank(token, isComment(token) ? ' ' : '_')));
}

export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

function isComment(token: string): boolean {
  return token.startsWith('//') || token.startsWith('/*');
}

function blank(token: string, filler = ' '): string {
  return token.replace(/[^\n]/g, filler);
}
