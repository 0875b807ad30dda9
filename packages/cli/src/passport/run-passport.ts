import type { Passport } from '@fineprint/query-api/passport';
import type { QueryOptions } from '../commands/experiments.ts';
import { connectQueryApi } from '../experiments/query-client.ts';
import { printJson, printText } from '../output.ts';
import { renderPassport } from './render-passport.ts';

export async function run(id: string, options: QueryOptions): Promise<void> {
  const ask = await connectQueryApi(options);
  const passport = await ask<Passport>('GET', `/api/v1/events/${encodeURIComponent(id)}/passport`);
  await (options.json ? printJson(passport) : printText(renderPassport(passport, Date.now())));
}
