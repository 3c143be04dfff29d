import { Button } from '@mantine/core';
import { createContext, type FormEvent, type ReactNode, useContext, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '../icon.tsx';
import { type Refusal, refusalOf, useRefusalWords } from './refusal.ts';
import './form.css';

const RefusalContext = createContext<Refusal>({ fields: {}, whole: null });

/** What is wrong with a field of the form around it. */
export function useFieldError(name: string): string | undefined {
  return useContext(RefusalContext).fields[name];
}

interface Props {
  /** What is done with what was entered, by the names of the fields; what it throws is said at the fields. */
  onSubmit: (values: Record<string, string>) => Promise<void>;
  submit: string;
  /** The field at which that is said which is about none. */
  blames?: string;
  onCancel?: { words: string; do: () => void };
  children: ReactNode;
}

/** A form whose mistakes are told next to the fields they were made in, and to which the keyboard goes then. */
export function Form({ onSubmit, submit, blames, onCancel, children }: Props) {
  const { t } = useTranslation();
  const words = useRefusalWords();
  const form = useRef<HTMLFormElement>(null);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal>({ fields: {}, whole: null });
  const [changed, setChanged] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    fieldsIn(form.current)
      .find(({ name }) => refusal.fields[name] !== undefined)
      ?.focus();
  }, [refusal]);

  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    setChanged(new Set());
    const missing = missingIn(event.currentTarget);
    setRefusal({ fields: Object.fromEntries(missing.map((name) => [name, t('field.missing')])), whole: null });
    if (missing.length > 0) return;
    setBusy(true);
    try {
      await onSubmit(valuesOf(event.currentTarget));
    } catch (error) {
      setChanged(new Set());
      setRefusal(refusalOf(error, { names: namesIn(form.current), blames, words }));
    } finally {
      setBusy(false);
    }
  };

  // What was wrong with a field was so before it was changed.
  const change = ({ target }: FormEvent) => setChanged((names) => new Set(names).add((target as Field).name));
  return (
    <form ref={form} className="form" noValidate onSubmit={(event) => void send(event)} onChange={change}>
      <RefusalContext value={without(changed, refusal)}>{children}</RefusalContext>
      {refusal.whole && (
        <p className="form__refusal" role="alert">
          <Icon name="alert" />
          {refusal.whole}
        </p>
      )}
      <div className="form__buttons">
        <Button type="submit" aria-disabled={busy}>
          {submit}
        </Button>
        {onCancel && (
          <Button variant="default" onClick={onCancel.do}>
            {onCancel.words}
          </Button>
        )}
      </div>
    </form>
  );
}

function without(names: ReadonlySet<string>, { fields, whole }: Refusal): Refusal {
  return { fields: Object.fromEntries(Object.entries(fields).filter(([name]) => !names.has(name))), whole };
}

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

function fieldsIn(form: HTMLFormElement | null): Field[] {
  return [...(form?.elements ?? [])].filter(
    (each): each is Field =>
      each instanceof HTMLInputElement || each instanceof HTMLSelectElement || each instanceof HTMLTextAreaElement,
  );
}

function namesIn(form: HTMLFormElement | null): string[] {
  return fieldsIn(form).map(({ name }) => name);
}

function missingIn(form: HTMLFormElement): string[] {
  return fieldsIn(form).flatMap(({ name, required, value }) => (required && !value.trim() ? [name] : []));
}

function valuesOf(form: HTMLFormElement): Record<string, string> {
  return Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
}
