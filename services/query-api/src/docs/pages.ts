import { type DocumentPages, documentPages } from '@fineprint/http-kit';
import { codes } from '../problem/codes.ts';
import { openApiDocument } from './openapi.ts';

/** Makes the documentation once, at the start. */
export function queryPages(): DocumentPages {
  return documentPages(openApiDocument(), {
    codes,
    first: { heading: 'First question', command: FIRST_QUESTION },
    schemasHeading: 'Answers',
  });
}

const FIRST_QUESTION = 'curl -H "Authorization: Bearer $API_KEY" http://localhost:3008/api/v1/ai/models';
