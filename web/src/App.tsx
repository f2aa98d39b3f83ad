import { lazy, Suspense } from 'react';
import { createBrowserRouter, type RouteObject, RouterProvider, useRouteError } from 'react-router';
import AppShell, { Home, NoPage } from './kit/AppShell';
import { asProblem } from './kit/load';
import { Loading, Problem } from './kit/notices';
import { SessionProvider } from './kit/session';
import { MannerProvider } from './kit/theme';
import SignIn from './infra/access/SignIn';

const FirstLink = lazy(() => import('./infra/access/FirstLink'));
const Security = lazy(() => import('./infra/access/Security'));
const Accounts = lazy(() => import('./infra/access/Accounts'));
const Organisation = lazy(() => import('./zone/office/Organisation'));
const Parties = lazy(() => import('./zone/party/Parties'));
const Party = lazy(() => import('./zone/portal/Party'));
const Projects = lazy(() => import('./zone/pipeline/Projects'));
const NewProject = lazy(() => import('./zone/pipeline/NewProject'));
const Project = lazy(() => import('./zone/pipeline/Project'));
const Reports = lazy(() => import('./zone/pipeline/reports/Reports'));
const Tracks = lazy(() => import('./zone/pipeline/Tracks'));
const TrackPage = lazy(() => import('./zone/pipeline/TrackPage'));
const Platforms = lazy(() => import('./zone/portal/platform/PlatformList'));
const PlatformHome = lazy(() => import('./zone/portal/platform/PlatformHome'));
const Contract = lazy(() => import('./zone/platform/Contract'));
const Tasks = lazy(() => import('./zone/work/Tasks'));
const Activities = lazy(() => import('./zone/work/Activities'));
const Activity = lazy(() => import('./zone/portal/joint/Activity'));
const Methods = lazy(() => import('./zone/portal/joint/Methods'));
const NotePage = lazy(() => import('./zone/work/NotePage'));
const Today = lazy(() => import('./zone/portal/Today'));
const Stalled = lazy(() => import('./zone/portal/Stalled'));
const Calendar = lazy(() => import('./infra/calendar/Calendar'));
const Bell = lazy(() => import('./infra/notify/Bell'));
const Notices = lazy(() => import('./infra/notify/Notices'));
const Preferences = lazy(() => import('./infra/notify/Preferences'));
const Channels = lazy(() => import('./infra/notify/Channels'));
const Scoreboard = lazy(() => import('./zone/scoreboard/Scoreboard'));
const Imports = lazy(() => import('./infra/intake/Imports'));
const Wizard = lazy(() => import('./infra/intake/Wizard'));
const Run = lazy(() => import('./infra/intake/Run'));
const Journal = lazy(() => import('./infra/journal/Journal'));
const Verify = lazy(() => import('./infra/journal/Verify'));

function Broken() {
  return (
    <div className="alone" role="main">
      <Problem problem={asProblem(useRouteError())} />
    </div>
  );
}

const routes: RouteObject[] = [
  { path: '/sign-in', element: <SignIn />, errorElement: <Broken /> },
  { path: '/first-link/:token', element: <FirstLink />, errorElement: <Broken /> },
  {
    element: (
      <AppShell
        news={
          <Suspense fallback={null}>
            <Bell />
          </Suspense>
        }
      />
    ),
    errorElement: <Broken />,
    children: [
      { index: true, element: <Home /> },
      { path: 'today', element: <Today /> },
      { path: 'stalled', element: <Stalled /> },
      { path: 'calendar', element: <Calendar /> },
      { path: 'projects', element: <Projects /> },
      { path: 'projects/new', element: <NewProject /> },
      { path: 'projects/:id', element: <Project /> },
      { path: 'pipelines', element: <Tracks /> },
      { path: 'pipelines/:id', element: <TrackPage /> },
      { path: 'tasks', element: <Tasks /> },
      { path: 'activities', element: <Activities /> },
      { path: 'activities/:id', element: <Activity /> },
      { path: 'methods', element: <Methods /> },
      { path: 'note', element: <NotePage /> },
      { path: 'reports', element: <Reports /> },
      { path: 'parties', element: <Parties /> },
      { path: 'parties/:id', element: <Party /> },
      { path: 'platforms', element: <Platforms /> },
      { path: 'platforms/:id', element: <PlatformHome /> },
      { path: 'contracts/:id', element: <Contract /> },
      { path: 'scoreboard', element: <Scoreboard /> },
      { path: 'imports', element: <Imports /> },
      { path: 'imports/new', element: <Wizard /> },
      { path: 'imports/:id', element: <Run /> },
      { path: 'organisation', element: <Organisation /> },
      { path: 'accounts', element: <Accounts /> },
      { path: 'notices', element: <Notices /> },
      { path: 'notices/preferences', element: <Preferences /> },
      { path: 'channels', element: <Channels /> },
      { path: 'journal', element: <Journal /> },
      { path: 'journal/verify', element: <Verify /> },
      { path: 'security', element: <Security /> },
      { path: '*', element: <NoPage /> },
    ],
  },
];

const router = createBrowserRouter(routes);

/** The pages of Sente. */
export default function App() {
  return (
    <MannerProvider>
      <SessionProvider>
        <Suspense fallback={<Loading />}>
          <RouterProvider router={router} />
        </Suspense>
      </SessionProvider>
    </MannerProvider>
  );
}
