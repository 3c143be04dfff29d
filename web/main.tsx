import './components/theme/mantine.css';
import './components/theme/tokens.css';
import './components/theme/base.css';
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { I18nextProvider } from 'react-i18next';
import { createBrowserRouter, RouterProvider } from 'react-router';
import { createQueryClient } from './api/loops.ts';
import { AnnouncerProvider } from './components/announcer.tsx';
import { NowProvider } from './components/now.tsx';
import { Frame } from './components/shell/frame.tsx';
import { SignedIn } from './components/shell/signed-in.tsx';
import { startI18n } from './i18n/start.ts';
import { Account } from './screens/account/account.tsx';
import { Crash } from './screens/crash.tsx';
import { Invitation } from './screens/doorstep/invitation.tsx';
import { SetUp } from './screens/doorstep/set-up.tsx';
import { SignIn } from './screens/doorstep/sign-in.tsx';
import { YourExperience } from './screens/doorstep/your-experience.tsx';
import { Emergency } from './screens/emergency/emergency.tsx';
import { Home } from './screens/home.tsx';
import { Loop } from './screens/loop/loop.tsx';
import { Answer } from './screens/mailbox/answer.tsx';
import { Measures } from './screens/measures/measures.tsx';
import { Nowhere } from './screens/nowhere.tsx';
import { People } from './screens/people/people.tsx';

const router = createBrowserRouter([
  {
    element: <Frame />,
    errorElement: <Crash />,
    children: [
      { path: '/sign-in', element: <SignIn /> },
      { path: '/set-up', element: <SetUp /> },
      { path: '/invitation', element: <Invitation /> },
      { path: '/your-experience', element: <YourExperience /> },
      { path: '/answer', element: <Answer /> },
    ],
  },
  {
    element: <SignedIn />,
    errorElement: <Crash />,
    children: [
      { path: '/', element: <Home /> },
      { path: '/loops/:id', element: <Loop /> },
      { path: '/measures', element: <Measures /> },
      { path: '/account', element: <Account /> },
      { path: '/people', element: <People /> },
      { path: '/emergency', element: <Emergency /> },
      { path: '*', element: <Nowhere /> },
    ],
  },
]);
const queries = createQueryClient();
const i18n = await startI18n();

// Mantine would write its theme into <style> elements, which the content security policy refuses: ours is in tokens.css.
createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <I18nextProvider i18n={i18n}>
      <MantineProvider defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
        <QueryClientProvider client={queries}>
          <NowProvider>
            <AnnouncerProvider>
              <RouterProvider router={router} />
            </AnnouncerProvider>
          </NowProvider>
        </QueryClientProvider>
      </MantineProvider>
    </I18nextProvider>
  </StrictMode>,
);
