import './components/theme/mantine.css';
import './components/theme/tokens.css';
import './components/theme/base.css';
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { I18nextProvider } from 'react-i18next';
import { createBrowserRouter, RouterProvider } from 'react-router';
import { openLive } from './api/live.ts';
import { createQueryClient } from './api/loops.ts';
import { LiveContext } from './api/use-live.ts';
import { AnnouncerProvider } from './components/announcer.tsx';
import { NowProvider } from './components/now.tsx';
import { Shell } from './components/shell/shell.tsx';
import { startI18n } from './i18n/start.ts';
import { Crash } from './screens/crash.tsx';
import { Loop } from './screens/loop/loop.tsx';
import { Loops } from './screens/loops/loops.tsx';
import { Nowhere } from './screens/nowhere.tsx';

const router = createBrowserRouter([
  {
    element: <Shell />,
    errorElement: <Crash />,
    children: [
      { path: '/', element: <Loops /> },
      { path: '/loops/:id', element: <Loop /> },
      { path: '*', element: <Nowhere /> },
    ],
  },
]);
const live = openLive('/api/events');
const queries = createQueryClient();
const i18n = await startI18n();

// Mantine would write its theme into <style> elements, which the content security policy refuses: ours is in tokens.css.
createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <I18nextProvider i18n={i18n}>
      <MantineProvider defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
        <QueryClientProvider client={queries}>
          <LiveContext value={live}>
            <NowProvider>
              <AnnouncerProvider>
                <RouterProvider router={router} />
              </AnnouncerProvider>
            </NowProvider>
          </LiveContext>
        </QueryClientProvider>
      </MantineProvider>
    </I18nextProvider>
  </StrictMode>,
);
