import type { ComponentType } from 'preact';
import { useContext, useEffect } from 'preact/hooks';
import { count } from '../model/format.ts';
import { goTo, type Page, pages, titles } from '../model/view.ts';
import { Controls } from './controls.tsx';
import { AiPage } from './pages/ai.tsx';
import { BehaviourPage } from './pages/behaviour.tsx';
import { BusinessPage } from './pages/business.tsx';
import { DeadLettersPage } from './pages/dead-letters.tsx';
import { LivePage } from './pages/live.tsx';
import { OperationsPage } from './pages/operations.tsx';
import { PrivacyPage } from './pages/privacy.tsx';
import { QualityPage } from './pages/quality.tsx';
import { Link, useRouter } from './router.tsx';
import { SignedContext } from './signing.ts';
import { useApi } from './use-api.ts';

const PAGES: Readonly<Record<Page, ComponentType>> = {
  live: LivePage,
  quality: QualityPage,
  privacy: PrivacyPage,
  business: BusinessPage,
  behaviour: BehaviourPage,
  ai: AiPage,
  'dead-letters': DeadLettersPage,
  operations: OperationsPage,
};

/** What is around every page. */
export function Shell() {
  const { view } = useRouter();
  const { session, signOut } = useContext(SignedContext);
  const PageOf = PAGES[view.page];
  useEffect(() => {
    document.title = `${titles[view.page]} · Fine Print AI`;
  }, [view.page]);
  return (
    <div class="shell">
      <a class="skip" href="#content">
        To the content
      </a>
      <header class="side">
        <p class="brand">
          <svg viewBox="0 0 20 20" aria-hidden="true">
            <path d="M3 16V4h14M3 10h9" />
            <circle cx="15" cy="15" r="2.5" />
          </svg>
          Fine Print AI
        </p>
        <nav aria-label="Pages">
          <ul>
            {pages.map((page) => (
              <li key={page}>
                <Link to={goTo(view, page)} current={page === view.page}>
                  {titles[page]}
                  {page === 'live' && <ProblemCount />}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <p class="who">
          <span>Role {session?.role.replace('_', ' ')}</span>{' '}
          <button type="button" class="plain" onClick={() => signOut()}>
            Sign out
          </button>
        </p>
      </header>
      <main id="content" tabIndex={-1}>
        <div class="top">
          <h1>{titles[view.page]}</h1>
          <Controls />
        </div>
        <PageOf key={view.page} />
      </main>
    </div>
  );
}

const PROBLEMS_EVERY_MS = 10_000;

/** On every page: so that whoever looks at money learns of a stage that is stuck. */
function ProblemCount() {
  const { data } = useApi('GET /api/v1/pipeline/live', {}, { everyMs: PROBLEMS_EVERY_MS });
  const problems = data?.problems.filter((p) => p.severity !== 'info') ?? [];
  if (problems.length === 0) return null;
  const isCritical = problems.some((p) => p.severity === 'critical');
  return (
    <span class={`problem-count ${isCritical ? 'bad' : 'warn'}`}>
      <span class="visually-hidden">, </span>
      {count(problems.length)}
      <span class="visually-hidden"> {problems.length === 1 ? 'problem' : 'problems'}</span>
    </span>
  );
}
