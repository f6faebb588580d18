// One call through the behaviours to the province's own decision, and what comes back. No network: the HTTP server
// and worlds in virtual time share it.
import type { ProvinceBehaviour, ProvinceReply, SeenCall } from './behaviours/behaviour.ts';
import { decideCall, isProvincePath } from './decide.ts';
import type { ProvinceCredentials } from './envelope.ts';
import type { ProvinceStore } from './store.ts';

export interface ReplyContext {
  store: ProvinceStore;
  credentials: ProvinceCredentials;
  behaviours: readonly ProvinceBehaviour[];
}

export function replyTo(call: SeenCall, { store, credentials, behaviours }: ReplyContext): ProvinceReply {
  const through = (index: number): ProvinceReply => {
    const behaviour = behaviours[index];
    return behaviour ? behaviour.reply(call, () => through(index + 1)) : honest();
  };
  const honest = (): ProvinceReply => {
    const { path, body, nowMs } = call;
    if (!isProvincePath(path))
      return { do: 'answer', status: 404, description: undefined, contentType: 'text/plain', body: '' };
    const decision = decideCall({ path, body, nowMs }, { store, credentials });
    const answer = decision.accepted
      ? { code: '0', msg: '成功' }
      : { code: decision.refusal.code, msg: decision.refusal.message };
    return {
      do: 'answer',
      status: 200,
      description: decision.accepted ? 'success' : 'fail',
      contentType: 'application/json; charset=utf-8',
      body: JSON.stringify(answer),
    };
  };
  return through(0);
}
