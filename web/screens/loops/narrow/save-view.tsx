import { Checkbox } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChangeFilters } from '../../../api/filters.ts';
import { useAnnounce } from '../../../components/announcer.tsx';
import { TextField } from '../../../components/form/fields.tsx';
import { Form } from '../../../components/form/form.tsx';

interface Props {
  asked: Record<string, string>;
  onDone: () => void;
}

/** Asks for the name of a view, and whether others of the organization see it. */
export function SaveView({ asked, onDone }: Props) {
  const { t } = useTranslation();
  const announce = useAnnounce();
  const { save } = useChangeFilters();
  const [shared, setShared] = useState(false);
  return (
    <Form
      submit={t('saved.keep')}
      onCancel={{ words: t('saved.cancel'), do: onDone }}
      onSubmit={async ({ name = '' }) => {
        await save({ name, shared, filter: asked });
        announce(t('saved.kept', { name }));
        onDone();
      }}
    >
      <TextField name="name" label={t('saved.name')} description={t('saved.nameHint')} autoComplete="off" />
      <Checkbox
        label={t('saved.share')}
        checked={shared}
        onChange={({ currentTarget }) => setShared(currentTarget.checked)}
      />
    </Form>
  );
}
