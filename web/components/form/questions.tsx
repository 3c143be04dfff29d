import { Textarea } from '@mantine/core';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { Form, Question } from '../../api/types.ts';
import { useFieldError } from './form.tsx';
import './questions.css';

/** The questions that a client is asked. */
export function Questions({ form }: { form: Form }) {
  return form.questions.map((question) =>
    question.type === 'text' ? (
      <WordsField key={question.linkId} question={question} />
    ) : (
      <ChoiceField key={question.linkId} question={question} />
    ),
  );
}

const nameOf = ({ linkId }: Question): string => `answers.${linkId}`;

function WordsField({ question }: { question: Question }) {
  const name = nameOf(question);
  return (
    <Textarea
      name={name}
      label={question.text}
      error={useFieldError(name)}
      autosize={false}
      rows={3}
      maxLength={2000}
    />
  );
}

function ChoiceField({ question }: { question: Question }) {
  const { t } = useTranslation();
  const name = nameOf(question);
  const error = useFieldError(name);
  const errorId = useId();
  const options =
    question.type === 'boolean'
      ? [
          { code: 'true', display: t('confirming.yes') },
          { code: 'false', display: t('confirming.no') },
        ]
      : question.options;
  return (
    <fieldset className="question" aria-describedby={error ? errorId : undefined}>
      <legend>{question.text}</legend>
      {options.map(({ code, display }) => (
        <label key={code} className="question__option">
          <input type="radio" name={name} value={code} />
          {display}
        </label>
      ))}
      {error && (
        <p id={errorId} className="question__error" role="alert">
          {error}
        </p>
      )}
    </fieldset>
  );
}

/** What was entered, by the linkIds of the questions; what was left out is left out. */
export function answersIn({ questions }: Form, values: Record<string, string>): Record<string, string | boolean> {
  const given = questions.flatMap((question) => {
    const value = values[nameOf(question)]?.trim();
    if (!value) return [];
    return [[question.linkId, question.type === 'boolean' ? value === 'true' : value] as const];
  });
  return Object.fromEntries(given);
}
