import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChangeFilters, useSavedFilters } from '../../../api/filters.ts';
import type { SavedFilter } from '../../../api/types.ts';
import { useAnnounce } from '../../../components/announcer.tsx';
import { Choice } from './filters.tsx';
import { SaveView } from './save-view.tsx';

interface Props {
  /** What the list is narrowed by now, as it stands in the address. */
  asked: Record<string, string>;
  onShow: (asked: Record<string, string>) => void;
}

/** Views that somebody has given a name: to show one, to save this one, to forget one's own. */
export function SavedViews({ asked, onShow }: Props) {
  const { t } = useTranslation();
  const announce = useAnnounce();
  const saved = useSavedFilters().data;
  const { remove } = useChangeFilters();
  const [saving, setSaving] = useState(false);
  if (!saved) return null;
  const shown = saved.find(({ filter }) => isSame(filter, asked));
  const forget = async ({ id, name }: SavedFilter) => {
    await remove(id);
    announce(t('saved.forgotten', { name }));
  };
  return (
    <div className="filters">
      {saved.length > 0 && (
        <Choice
          label={t('saved.label')}
          value={shown?.id ?? ''}
          onChoose={(id) => onShow(saved.find((each) => each.id === id)?.filter ?? {})}
        >
          <option value="">{t('saved.none')}</option>
          {saved.map((each) => (
            <option key={each.id} value={each.id}>
              {each.mine ? each.name : t('saved.by', { name: each.name, person: each.savedBy })}
            </option>
          ))}
        </Choice>
      )}
      {!shown && !saving && Object.keys(asked).length > 0 && (
        <Button variant="default" onClick={() => setSaving(true)}>
          {t('saved.save')}
        </Button>
      )}
      {shown?.mine && (
        <Button variant="default" onClick={() => void forget(shown)}>
          {t('saved.forget')}
        </Button>
      )}
      {saving && <SaveView asked={asked} onDone={() => setSaving(false)} />}
    </div>
  );
}

function isSame(one: Record<string, string>, other: Record<string, string>): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}
