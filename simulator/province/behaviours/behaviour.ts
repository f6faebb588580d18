// How the province can misbehave, one file each: a behaviour stands between a call and the province's own decision,
// and may spoil either. They stack; none touches the store. The same over real HTTP and in virtual time.

export interface SeenCall {
  path: string;
  body: string;
  /** The province's clock, milliseconds since 1970-01-01 UTC. */
  nowMs: number;
}

export type ProvinceReply =
  | {
      do: 'answer';
      status: number;
      /** `C-Response-Desc`, where there is one. */
      description: string | undefined;
      contentType: string;
      body: string;
      /** The connection breaks after so many bytes of the body. */
      cutAfterBytes?: number;
      delayMs?: number;
    }
  /** The connection breaks without an answer. */
  | { do: 'break' }
  /** The connection stays open and nothing comes. */
  | { do: 'silence' };

export interface ProvinceBehaviour {
  readonly name: string;
  /** `next` decides and records, as an honest province does; calling it twice is a call that arrived twice. */
  reply(call: SeenCall, next: () => ProvinceReply): ProvinceReply;
}

/** True for a share of the calls, by numbers from 0 to less than 1. */
export interface Share {
  share: number;
  random: () => number;
}
