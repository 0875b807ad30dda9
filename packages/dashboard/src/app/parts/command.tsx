import { useState } from 'preact/hooks';

/** A command to run in a terminal, and a button that copies it. */
export function Command({ text }: { readonly text: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      setCopied(false); // the browser keeps its clipboard to itself: the text is there to select
    }
  };
  return (
    <p class="command">
      <code>{text}</code>{' '}
      <button type="button" onClick={() => void copy()}>
        <span aria-live="polite">{isCopied ? 'Copied' : 'Copy'}</span>
        <span class="visually-hidden"> {text}</span>
      </button>
    </p>
  );
}
