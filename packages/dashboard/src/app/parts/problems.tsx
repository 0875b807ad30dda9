import { ago } from '../../model/format.ts';
import { goTo, type Page, pages, titles } from '../../model/view.ts';
import type { Answer } from '../api.ts';
import { Link, useRouter } from '../router.tsx';
import { Badge } from './badge.tsx';

type Problem = Answer<'GET /api/v1/pipeline/live'>['problems'][number];

const SHOWN = 20;

/** A server that is newer than this page may name a page that it does not have. */
const pageOf = (problem: Problem): Page => pages.find((p) => p === problem.page) ?? 'operations';

/** What is wrong now, the worst first, each with where to look. */
export function Problems({
  problems,
  nowMs,
}: {
  readonly problems: readonly Problem[];
  readonly nowMs: number;
}) {
  const { view } = useRouter();
  if (problems.length === 0)
    return (
      <p class="all-well" role="status">
        <Badge state="ok" word="Nothing is wrong" /> Every stage answers and keeps up, nothing was refused in
        the last hour, and no alert stands.
      </p>
    );
  return (
    <>
      <ul class="problems" aria-live="polite">
        {problems.slice(0, SHOWN).map((problem, i) => (
          <li key={`${problem.code} ${problem.title} ${i}`} class={problem.severity}>
            <div>
              <Badge state={problem.severity} /> <b>{problem.title}</b>
              <br />
              <span>{problem.detail}</span>
              {problem.since !== null && <span class="quiet"> {ago(problem.since, nowMs)}</span>}
            </div>
            <Link to={goTo(view, pageOf(problem), problem.about)} class="button">
              {titles[pageOf(problem)]}
              <span class="visually-hidden">: {problem.title}</span>
            </Link>
          </li>
        ))}
      </ul>
      {problems.length > SHOWN && (
        <p class="quiet">And {problems.length - SHOWN} more, on the page Operations.</p>
      )}
    </>
  );
}
