import 'i18next';
import type { en } from './en.ts';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'console';
    resources: { console: typeof en };
    keySeparator: false;
    nsSeparator: false;
    returnNull: false;
  }
}
