import type { Choices } from './consent.ts';

export interface BannerTexts {
  readonly title: string;
  readonly text: string;
  readonly policy: string;
  readonly analytics: string;
  readonly marketing: string;
  readonly ai: string;
  readonly acceptAll: string;
  readonly rejectAll: string;
  readonly save: string;
}

export const ENGLISH: BannerTexts = {
  title: 'May we learn from how you use this site?',
  text: 'Only if you say so, and you can change your mind at any time.',
  policy: 'Privacy policy',
  analytics: 'Measure how the site is used',
  marketing: 'Share it with analytics providers',
  ai: 'Keep what you say of AI answers',
  acceptAll: 'Accept all',
  rejectAll: 'Reject all',
  save: 'Save choice',
};

export interface BannerView {
  readonly ask: readonly (keyof Choices)[];
  readonly policyUrl: string;
  readonly texts: BannerTexts;
  onChoice(choices: Choices): void;
}

/** All buttons alike. The site's own fonts; the system's colours, so that light, dark and high contrast are the reader's. */
const STYLE = `
  :host { all: initial; }
  section { position: fixed; inset: auto 0 0 0; z-index: 2147483647; box-sizing: border-box; max-height: 90vh; overflow: auto;
    padding: 1rem; border-top: 2px solid CanvasText; background: Canvas; color: CanvasText; color-scheme: light dark;
    font: 1rem/1.5 system-ui, sans-serif; }
  h2 { margin: 0; font-size: 1.125rem; }
  p { margin: 0.25rem 0 0.5rem; }
  a { color: LinkText; }
  label { display: inline-flex; gap: 0.5rem; align-items: center; min-height: 2.75rem; margin-right: 1.5rem; }
  input { width: 1.25rem; height: 1.25rem; }
  div { display: flex; flex-wrap: wrap; gap: 0.5rem; }
  button { flex: 1 1 9rem; min-height: 2.75rem; border: 2px solid ButtonText; border-radius: 0.25rem; background: ButtonFace;
    color: ButtonText; font: inherit; cursor: pointer; }
  :focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }`;

/** Draws it into the page's beginning, where keyboards and screen readers come by first. Answers how to take it away. */
export function drawBanner({ ask, policyUrl, texts, onChoice }: BannerView): () => void {
  const host = document.createElement('div');
  const root = host.attachShadow({ mode: 'open' });
  const style = new CSSStyleSheet();
  style.replaceSync(STYLE);
  root.adoptedStyleSheets = [style];

  const section = element('section', { 'aria-labelledby': 'title', lang: document.documentElement.lang });
  const link = element('a', { href: policyUrl }, texts.policy);
  const text = element('p', {}, `${texts.text} `);
  text.append(link);
  section.append(element('h2', { id: 'title' }, texts.title), text);
  const boxes = ask.map((name) => {
    const box = element('input', { type: 'checkbox', name });
    const label = element('label', {});
    label.append(box, texts[name]);
    section.append(label);
    return box;
  });

  const choose = (isChosen: (box: HTMLInputElement) => boolean) => () => {
    const chosen = new Set(boxes.filter(isChosen).map((box) => box.name));
    const isNamed = (name: keyof Choices) => chosen.has(name);
    // Without analytics nothing is kept, so there is nothing that the others could be about.
    const analytics = isNamed('analytics');
    onChoice({ analytics, marketing: analytics && isNamed('marketing'), ai: analytics && isNamed('ai') });
  };
  const buttons = element('div', {});
  const button = (name: string, choice: () => void) => {
    const made = element('button', { type: 'button' }, name);
    made.addEventListener('click', choice);
    buttons.append(made);
  };
  button(
    texts.rejectAll,
    choose(() => false),
  );
  button(
    texts.save,
    choose((box) => box.checked),
  );
  button(
    texts.acceptAll,
    choose(() => true),
  );
  section.append(buttons);
  root.append(section);
  document.body.prepend(host);
  return () => host.remove();
}

function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>>,
  text = '',
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}
