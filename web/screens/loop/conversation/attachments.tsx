import { useTranslation } from 'react-i18next';
import type { LoopMessage } from '../../../api/types.ts';
import { Icon } from '../../../components/icon.tsx';
import { useFormat } from '../../../i18n/format.ts';

/** What is attached to a message. It is downloaded, never opened by the page itself. */
export function Attachments({ of: { attachments } }: { of: Pick<LoopMessage, 'attachments'> }) {
  const { t } = useTranslation();
  if (attachments.length === 0) return null;
  return (
    <ul className="talk__attachments">
      {attachments.map(({ title, contentType, size, url }, index) => {
        const name = title ?? t('talk.attachment');
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: what is attached to a message never changes
          <li key={index}>
            <Icon name="clip" size={14} />{' '}
            {url ? (
              <a href={url} download={fileName(name)}>
                {name}
              </a>
            ) : (
              name
            )}{' '}
            <span className="muted">
              <About contentType={contentType} size={size} isElsewhere={url === null} />
            </span>
          </li>
        );
      })}
    </ul>
  );
}

interface AboutProps {
  contentType: string | null;
  size: number | null;
  isElsewhere: boolean;
}

function About({ contentType, size, isElsewhere }: AboutProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const kind = contentType?.split(/[/;]/)[1]?.split('.').at(-1)?.toUpperCase();
  const bytes = size === null ? null : `${format.number(Math.max(1, Math.round(size / 1_000)))} kB`;
  return <>{[kind, bytes, isElsewhere ? t('talk.elsewhere') : null].filter(Boolean).join(' · ')}</>;
}

/** A name that no system takes for a place. */
function fileName(title: string): string {
  return title.replace(/[\\/:*?"<>|\p{Cc}]/gu, '_');
}
