import { useState } from 'preact/hooks';

const FORM = /^fpa_\S+$/;

/** Asks for an API key. */
export function Login({
  why,
  onKey,
}: {
  readonly why: string | null;
  readonly onKey: (key: string) => void;
}) {
  const [key, setKey] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const submit = (event: Event) => {
    event.preventDefault();
    const given = key.trim();
    if (given.startsWith('fpk_')) setProblem('This is a write key: it sends events and reads nothing.');
    else if (!FORM.test(given)) setProblem('An API key begins with fpa_.');
    else onKey(given);
  };
  const said = problem ?? why;
  return (
    <main class="login">
      <h1>Fine Print AI</h1>
      <form onSubmit={submit}>
        <label for="key">API key</label>
        <input
          id="key"
          name="key"
          type="password"
          autoComplete="off"
          spellcheck={false}
          value={key}
          aria-invalid={said !== null}
          aria-describedby="key-help"
          onInput={(event) => setKey(event.currentTarget.value)}
        />
        <button type="submit">Open</button>
        {said !== null && (
          <p class="error" role="alert">
            {said}
          </p>
        )}
        <p id="key-help" class="quiet">
          <code>npm start</code> prints one. <code>fineprint keys create anna --role analyst</code> makes
          another. It is kept until this tab is closed.
        </p>
      </form>
    </main>
  );
}
