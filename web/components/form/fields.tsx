import {
  NativeSelect,
  PasswordInput,
  Textarea,
  type TextareaProps,
  TextInput,
  type TextInputProps,
} from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFieldError } from './form.tsx';

type Props = Pick<TextInputProps, 'label' | 'description' | 'autoComplete' | 'inputMode' | 'defaultValue' | 'type'> & {
  name: string;
};

/** A line of text that has to be filled in. */
export function TextField({ name, ...props }: Props) {
  return <TextInput {...props} name={name} error={useFieldError(name)} required withAsterisk={false} />;
}

type WordsProps = Pick<TextareaProps, 'label' | 'description' | 'defaultValue' | 'maxLength' | 'autoFocus' | 'rows'> & {
  name: string;
  isOptional?: boolean;
};

/** Some lines of text. */
export function WordsField({ name, isOptional = false, rows = 3, ...props }: WordsProps) {
  return (
    <Textarea
      {...props}
      name={name}
      rows={rows}
      error={useFieldError(name)}
      required={!isOptional}
      withAsterisk={false}
    />
  );
}

/** One of some codes, none of which is chosen to begin with. @param wordsFor what is shown for a code */
export function ChoiceField<Code extends string>(props: {
  name: string;
  label: string;
  codes: readonly Code[];
  wordsFor: (code: Code) => ReactNode;
}) {
  const { t } = useTranslation();
  const { name, label, codes, wordsFor } = props;
  return (
    <NativeSelect name={name} label={label} error={useFieldError(name)} required withAsterisk={false}>
      <option value="">{t('act.choose')}</option>
      {codes.map((code) => (
        <option key={code} value={code}>
          {wordsFor(code)}
        </option>
      ))}
    </NativeSelect>
  );
}

export function EmailField({ description }: { description?: string }) {
  const { t } = useTranslation();
  return (
    <TextField
      name="email"
      type="email"
      inputMode="email"
      autoComplete="username"
      label={t('field.email')}
      description={description}
    />
  );
}

/** A password somebody has, or (`isNew`) chooses now. */
export function PasswordField({ name, label, isNew = false }: { name: string; label: string; isNew?: boolean }) {
  const { t } = useTranslation();
  const error = useFieldError(name);
  return (
    <PasswordInput
      name={name}
      label={label}
      error={error}
      aria-invalid={error ? true : undefined}
      description={isNew ? t('field.passwordHint') : undefined}
      autoComplete={isNew ? 'new-password' : 'current-password'}
      visibilityToggleFocusable
      visibilityToggleButtonProps={{ 'aria-label': t('field.showPassword') }}
      required
      withAsterisk={false}
    />
  );
}

/** A code of a few digits that is good for half a minute, or a longer one kept for when the device is lost. */
export function CodeField() {
  const { t } = useTranslation();
  return <TextField name="code" label={t('field.code')} autoComplete="one-time-code" />;
}

/** For password managers: whose password it is that is chosen. */
export function WhoseField({ email }: { email: string }) {
  const { t } = useTranslation();
  return (
    <input
      className="visually-hidden"
      type="email"
      autoComplete="username"
      aria-label={t('field.email')}
      tabIndex={-1}
      readOnly
      value={email}
    />
  );
}
