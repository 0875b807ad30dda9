import { type DocumentPages, documentPages } from '@fineprint/http-kit';
import { codes } from '../problem/codes.ts';
import { openApiDocument } from './openapi.ts';

/** Makes the documentation once, at the start. */
export function gatewayPages(): DocumentPages {
  return documentPages(openApiDocument(), {
    codes,
    first: { heading: 'First event', command: FIRST_EVENT },
    schemasHeading: 'Events',
  });
}

const FIRST_EVENT = `curl -H "Authorization: Bearer $WRITE_KEY" -H "Content-Type: application/json" \\
  -d '{"event_name":"Feature Used","user_id":"user_42"}' http://localhost:3007/api/v1/product/events`;
