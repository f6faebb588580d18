// The page's connection to the demo: server-sent events in, orders out. The browser reconnects by itself and the
// server then sends everything again.
import type { FeedEvent, PageOrder } from '../feed-types.ts';

export interface FeedListener {
  onEvent(event: FeedEvent): void;
  onConnected(connected: boolean): void;
}

export function openFeed(listener: FeedListener): void {
  const source = new EventSource('/events');
  source.onopen = () => listener.onConnected(true);
  source.onerror = () => listener.onConnected(false);
  source.onmessage = (message: MessageEvent<string>) =>
    listener.onEvent(JSON.parse(message.data) as FeedEvent);
}

export async function sendOrder(order: PageOrder): Promise<void> {
  const body = JSON.stringify(order);
  const headers = { 'content-type': 'application/json' };
  try {
    await fetch('/orders', { method: 'POST', headers, body });
  } catch (error) {
    console.warn('order not sent', order, error);
  }
}
