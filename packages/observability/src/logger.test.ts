import { expect, it } from 'vitest';
import { createLogger } from './logger.ts';

const capture = () => {
  const lines: string[] = [];
  const log = createLogger({
    service: 'svc',
    level: 'info',
    destination: { write: (line) => lines.push(line) },
  });
  return { log, lines };
};

it('writes JSON lines with level, service and time', () => {
  const { log, lines } = capture();
  log.info({ topic: 't' }, 'started');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'info',
    service: 'svc',
    topic: 't',
    msg: 'started',
  });
});

it('hides what is personal or secret by name', () => {
  const { log, lines } = capture();
  log.info({ email: 'a@b.example', event: { user_id: 'u-1', properties: { x: 'y-1' } } }, 'm');
  expect(lines.join()).not.toMatch(/a@b|u-1|y-1/);
});

it('keeps code, message and frames of an error, and nothing that it carries', () => {
  const { log, lines } = capture();
  const error = Object.assign(
    new Error('connect to redis://me:hunter2@h failed', { cause: new Error('why') }),
    {
      code: 'ECONNREFUSED',
      detail: 'Key (email)=(a@b.example)',
    },
  );
  log.error({ err: error }, 'failed');
  const line = JSON.parse(lines[0] ?? '');
  expect(line.err).toMatchObject({ code: 'ECONNREFUSED', cause: { message: 'why' } });
  expect(line.err.stack).toContain('logger.test.ts');
  expect(lines.join()).not.toMatch(/hunter2|a@b/);
});

it('drops the input that JSON.parse quotes', () => {
  const { log, lines } = capture();
  try {
    JSON.parse('{"email": a@b.example}');
  } catch (err) {
    log.error({ err }, 'failed');
  }
  expect(lines.join()).toContain('syntax error');
  expect(lines.join()).not.toContain('a@b');
});
