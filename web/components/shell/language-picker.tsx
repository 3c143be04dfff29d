import { NativeSelect } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { languages } from '../../i18n/languages.ts';
import { speak } from '../../i18n/start.ts';

/** Each language by its own name: whoever cannot read the page finds theirs. */
export function LanguagePicker() {
  const { t, i18n } = useTranslation();
  return (
    <NativeSelect
      className="banner__language"
      size="xs"
      aria-label={t('language.label')}
      value={i18n.resolvedLanguage ?? 'en'}
      onChange={(event) => void speak(i18n, event.currentTarget.value)}
    >
      {languages.map((language) => (
        <option key={language.code} value={language.code} lang={language.tag}>
          {language.name}
        </option>
      ))}
    </NativeSelect>
  );
}
