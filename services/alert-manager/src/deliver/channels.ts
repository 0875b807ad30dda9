import type { Receiver } from '@fineprint/alert-rules';
import type { Channel } from './channel.ts';
import { failed } from './channel.ts';
import { createMailChannel, type MailSettings } from './mail.ts';
import { type PostOptions, post } from './post.ts';
import { renderSlack, renderWebhook } from './render.ts';
import { receiverSecret, signedHeaders } from './signature.ts';

export interface ChannelSettings extends PostOptions {
  readonly signingKey: string;
  /** Null: no mail server was named. */
  readonly mail: MailSettings | null;
  readonly nowMs: () => number;
}

export type Channels = Readonly<Record<Receiver['target']['type'], Channel>>;

/** Every way to tell somebody. A new one is a line here, and a target of receivers. */
export function createChannels(settings: ChannelSettings): Channels {
  return {
    webhook: {
      async send(message, { name, target }) {
        if (target.type !== 'webhook') return failed('internal');
        const body = renderWebhook(message);
        const secret = receiverSecret(settings.signingKey, name);
        return post(
          target.url,
          signedHeaders(secret, message.deliveryId, settings.nowMs(), body),
          body,
          settings,
        );
      },
    },
    slack: {
      async send(message, { target }) {
        return target.type === 'slack'
          ? post(target.url, {}, renderSlack(message), settings)
          : failed('internal');
      },
    },
    email:
      settings.mail === null
        ? { send: async () => failed('smtp_not_configured') }
        : createMailChannel(settings.mail),
  };
}
