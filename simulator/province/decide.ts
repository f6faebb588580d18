// What the province answers to one call: checks the envelope, the fields and the rules against its store, and
// records what it accepts or refuses. The rules are those provinces are known to enforce (1001–1005).
import { openEnvelope, type ProvinceCredentials } from './envelope.ts';
import { parseEvaluation, parseService } from './fields.ts';
import { type Refusal, refusal } from './refusals.ts';
import type { ProvinceStore } from './store.ts';

/** `/evaluation/update` replaces the evaluation of a pair, in provinces that take corrections so. */
const PROVINCE_PATHS = ['/service', '/evaluation', '/evaluation/update'] as const;
export type ProvincePath = (typeof PROVINCE_PATHS)[number];

export function isProvincePath(path: string): path is ProvincePath {
  return (PROVINCE_PATHS as readonly string[]).includes(path);
}

export interface ProvinceCall {
  path: ProvincePath;
  body: string;
  nowMs: number;
}

export type ProvinceDecision = { accepted: true } | { accepted: false; refusal: Refusal };

/** Below this level an evaluation needs a reason or a text. */
const REASON_NEEDED_BELOW_LEVEL = 3;

export function decideCall(
  call: ProvinceCall,
  context: { store: ProvinceStore; credentials: ProvinceCredentials },
): ProvinceDecision {
  const refused = examine(call, context);
  if (!refused) return { accepted: true };
  context.store.addRefusal({ path: call.path, refusal: refused, body: call.body, nowMs: call.nowMs });
  return { accepted: false, refusal: refused };
}

function examine(
  call: ProvinceCall,
  { store, credentials }: { store: ProvinceStore; credentials: ProvinceCredentials },
): Refusal | undefined {
  const envelope = openEnvelope(call.body, { credentials, nowMs: call.nowMs });
  if (!envelope.ok) return envelope.refusal;
  if (call.path === '/service') {
    const service = parseService(envelope.params);
    if (!service.ok) return refusal('1005', service.field);
    store.putService(service.record, call.nowMs);
    return undefined;
  }
  const parsed = parseEvaluation(envelope.params);
  if (!parsed.ok) return refusal('1005', parsed.field);
  const { record } = parsed;
  if (!store.hasService(record.projectNo, record.assessNumber)) return refusal('1001');
  const isUpdate = call.path === '/evaluation/update';
  const isThere = store.hasEvaluation(record.projectNo, record.assessNumber);
  if (isThere !== isUpdate) return refusal(isUpdate ? '1001' : '1002');
  if (record.level < REASON_NEEDED_BELOW_LEVEL && record.reasons === '' && record.writing === '')
    return refusal('1003');
  if (isUpdate) store.replaceEvaluation(record, call.nowMs);
  else store.addEvaluation(record, call.nowMs);
  return undefined;
}
