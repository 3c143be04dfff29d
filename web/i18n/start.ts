import i18next, { type BackendModule, type i18n } from 'i18next';
import { initReactI18next } from 'react-i18next';
import { chooseLanguage, dictionaries, directionOf, isLanguage, languages } from './languages.ts';

const storageKey = 'careloop-language';

const lazyDictionaries: BackendModule = {
  type: 'backend',
  init: () => undefined,
  read: (code, _namespace, done) => {
    if (!isLanguage(code)) return done(`no dictionary for ${code}`, false);
    dictionaries[code]().then(
      (dictionary) => done(null, dictionary),
      (error: Error) => done(error, true),
    );
  },
};

/** Speaks the reader's language from the first word; the page's `lang` and `dir` follow it. */
export async function startI18n(): Promise<i18n> {
  const instance = i18next.createInstance();
  instance.on('languageChanged', (code) => {
    const language = languages.find((candidate) => candidate.code === code);
    document.documentElement.lang = language?.tag ?? code;
    document.documentElement.dir = directionOf(code);
  });
  await instance
    .use(lazyDictionaries)
    .use(initReactI18next)
    .init({
      lng: chooseLanguage(stored(), navigator.languages),
      fallbackLng: false,
      supportedLngs: languages.map((language) => language.code),
      ns: ['console'],
      defaultNS: 'console',
      keySeparator: false,
      nsSeparator: false,
      interpolation: { escapeValue: false }, // React escapes
      react: { useSuspense: false },
    });
  return instance;
}

export async function speak(instance: i18n, code: string): Promise<void> {
  await instance.changeLanguage(code);
  try {
    localStorage.setItem(storageKey, code);
  } catch {
    // storage is switched off: the choice lasts as long as the page
  }
}

function stored(): string | null {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null;
  }
}
