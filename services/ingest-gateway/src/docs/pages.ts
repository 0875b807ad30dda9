import { createHash } from 'node:crypto';
import type { DocumentPages } from '../http/app.ts';
import { openApiDocument } from './openapi.ts';
import { renderPage, STYLE } from './render-page.ts';

/** Makes the documentation once, at the start. */
export function documentPages(): DocumentPages {
  const document = openApiDocument();
  const style = createHash('sha256').update(STYLE).digest('base64');
  return {
    openapi: JSON.stringify(document),
    html: renderPage(document),
    htmlPolicy: `default-src 'none'; style-src 'sha256-${style}'; frame-ancestors 'none'; base-uri 'none'`,
  };
}
