// Events to a window system that wants to be told: one POST each, signed with a secret the two share. 2xx is delivered;
// a 4xx that will not change by itself is a refusal for a person; everything else is tried again.
import { createHmac } from 'node:crypto';
import type { SendResult, UpstreamConnector } from './connector.ts';
import { EVENT_RULES, eventOf } from './event.ts';

export interface WebhookOptions {
  hall: string;
  url: string;
  secret: string;
  nowMs: () => number;
}

/** Answers after which the same request may succeed: too early, too slow, too many. */
const PASSING = new Set([408, 425, 429]);
const REASON_LIMIT_CHARACTERS = 300;

export function makeWebhook({ hall, url, secret, nowMs }: WebhookOptions): UpstreamConnector {
  return {
    rules: EVENT_RULES,
    async send(item, { idempotencyKey, signal }): Promise<SendResult> {
      // Whoever follows results has put the services itself.
      if (item.kind === 'service') return { outcome: 'delivered' };
      const body = JSON.stringify(eventOf(item, { hall, key: idempotencyKey }));
      try {
        const response = await fetch(url, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'idempotency-key': encodeURIComponent(idempotencyKey),
            'pingjia-signature': signatureOf(body, { secret, nowMs: nowMs() }),
          },
          body,
          redirect: 'error',
          signal,
        });
        await response.body?.cancel();
        return resultOf(response.status);
      } catch (error) {
        const { message, cause } = error as Error & { cause?: { code?: string } };
        const reason = cause?.code ? `${message}: ${cause.code}` : message;
        return { outcome: 'failed', reason: reason.slice(0, REASON_LIMIT_CHARACTERS) };
      }
    },
  };
}

function resultOf(status: number): SendResult {
  if (status >= 200 && status < 300) return { outcome: 'delivered' };
  const reason = `answered with HTTP ${status}`;
  const isFinal = status >= 400 && status < 500 && !PASSING.has(status);
  return isFinal ? { outcome: 'refused', code: String(status), reason } : { outcome: 'failed', reason };
}

/** `t=<seconds since 1970>,v1=<hex of HMAC-SHA256 over "<t>.<body>">`; the time lets a reader refuse what is old. */
export function signatureOf(body: string, { secret, nowMs }: { secret: string; nowMs: number }): string {
  const seconds = Math.floor(nowMs / 1000);
  const mac = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${mac}`;
}
