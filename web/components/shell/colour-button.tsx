import { type MantineColorScheme, UnstyledButton, useMantineColorScheme } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Icon, type IconName } from '../icon.tsx';

const next: Record<MantineColorScheme, MantineColorScheme> = { auto: 'light', light: 'dark', dark: 'auto' };
const icons: Record<MantineColorScheme, IconName> = { auto: 'device', light: 'sun', dark: 'moon' };

export function ColourButton() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const label = t(`appearance.${colorScheme}`);
  return (
    <UnstyledButton
      className="quiet"
      aria-label={label}
      title={label}
      onClick={() => setColorScheme(next[colorScheme])}
    >
      <Icon name={icons[colorScheme]} size={18} />
    </UnstyledButton>
  );
}
