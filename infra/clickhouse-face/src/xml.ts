const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** What XML 1.0 cannot carry at all, even escaped; refused rather than dropped, so that a name never silently changes. */
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

const ELEMENT_NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

export type XmlContent = string | number | readonly XmlElement[];
export type XmlElement = readonly [name: string, content: XmlContent];

export function escapeText(text: string): string {
  if (FORBIDDEN.test(text)) throw new RangeError('text holds a character that XML cannot carry');
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

/** Renders nested [name, content] pairs; the caller's strings are always data, never markup. */
export function renderXml(elements: readonly XmlElement[], depth = 0): string {
  const indent = '  '.repeat(depth);
  return elements.map(([name, content]) => renderElement(name, content, depth, indent)).join('');
}

function renderElement(name: string, content: XmlContent, depth: number, indent: string): string {
  if (!ELEMENT_NAME.test(name)) throw new RangeError('not a valid XML element name');
  if (typeof content === 'string' || typeof content === 'number') {
    return `${indent}<${name}>${escapeText(String(content))}</${name}>\n`;
  }
  if (content.length === 0) return `${indent}<${name}></${name}>\n`;
  return `${indent}<${name}>\n${renderXml(content, depth + 1)}${indent}</${name}>\n`;
}
