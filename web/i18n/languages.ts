import type { Dictionary } from './dictionary.ts';

/** The languages of the console, each by its own name. A new one is a dictionary and a line here. */
export const languages = [
  { code: 'en', tag: 'en', name: 'English' },
  { code: 'sv', tag: 'sv', name: 'Svenska' },
  { code: 'ko', tag: 'ko', name: '한국어' },
  { code: 'zh', tag: 'zh-Hans', name: '简体中文' },
  { code: 'es', tag: 'es', name: 'Español' },
] as const;

export type LanguageCode = (typeof languages)[number]['code'];

export const dictionaries: Record<LanguageCode, () => Promise<Dictionary>> = {
  en: async () => (await import('./en.ts')).en,
  sv: async () => (await import('./sv.ts')).sv,
  ko: async () => (await import('./ko.ts')).ko,
  zh: async () => (await import('./zh.ts')).zh,
  es: async () => (await import('./es.ts')).es,
};

export function isLanguage(code: string | null | undefined): code is LanguageCode {
  return languages.some((language) => language.code === code);
}

/** The first language of the reader's list that the console speaks; English when it speaks none. */
export function chooseLanguage(chosen: string | null, wanted: readonly string[]): LanguageCode {
  const bases = [chosen, ...wanted.map((tag) => tag.split('-')[0]?.toLowerCase())];
  return bases.find((base) => isLanguage(base)) ?? 'en';
}

const rightToLeft = new Set(['ar', 'fa', 'he', 'ur']);

export function directionOf(code: string): 'ltr' | 'rtl' {
  return rightToLeft.has(code) ? 'rtl' : 'ltr';
}

/** Dates and numbers follow the reader's region where it speaks the chosen language: en-GB stays en-GB. */
export function localeOf(code: string, wanted: readonly string[]): string {
  return wanted.find((tag) => tag.split('-')[0]?.toLowerCase() === code) ?? code;
}
