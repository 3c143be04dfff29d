import { type RefObject, useId } from 'react';
import { useTranslation } from 'react-i18next';

/** Where files are chosen that are to be attached. */
export function FilesField({ input }: { input: RefObject<HTMLInputElement | null> }) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="talk__label">
        {t('talk.files')}
      </label>
      <p id={`${id}-hint`} className="muted talk__hint">
        {t('talk.filesHint')}
      </p>
      <input
        id={id}
        ref={input}
        type="file"
        multiple
        className="talk__files"
        aria-describedby={`${id}-hint`}
        accept={ACCEPTED}
      />
    </div>
  );
}

const ACCEPTED = '.pdf,.jpg,.jpeg,.png,.txt,.csv,.xml,.docx,.xlsx,.odt';
