// How the province can misbehave, one file each: a behaviour sees the request before and the answer after the
// province's own decision, and may spoil either. They stack; none touches the store.
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface ProvinceExchange {
  request: IncomingMessage;
  response: ServerResponse;
  /** Decides, records and writes the answer, as an honest province does. */
  answer(): void;
}

export interface ProvinceBehaviour {
  readonly name: string;
  /** Must end the response, destroy its socket, or call `next`. */
  handle(exchange: ProvinceExchange, next: () => void): void;
}
