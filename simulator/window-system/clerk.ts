// One window's business system with its clerk: signs in, opens the cases of each applicant, serves and completes
// them and invites the evaluation, all through the gateway's API. It never sees or enters a level.
import type { WorldClock } from '../ports.ts';
import { completedCase, openedCase, servedService } from './case-calls.ts';
import { delay } from './delay.ts';
import type { ApiResult, GatewayApi } from './gateway-api.ts';
import type { HallWindow, StaffMember } from './roster.ts';
import type { Visit } from './visits.ts';

export interface Invited {
  invitation: string;
  window: string;
  visit: Visit;
  staff: StaffMember;
}

/** Why a visit was given up. */
export interface ClerkTrouble {
  /** Of the API, or of what kept the clerk from it. */
  code: string;
  sentence: string;
}

export interface ClerkOptions {
  window: HallWindow;
  api: GatewayApi;
  clock: WorldClock;
  /** Ends the working day: the visit under way is finished first. */
  closing: AbortSignal;
  nextVisit: () => Visit;
  /** Resolves when the applicant has pressed (true) or has gone (false). */
  applicantDone: (invited: Invited) => Promise<boolean>;
  onInvited?: (invited: Invited) => void;
  onTrouble?: (trouble: ClerkTrouble) => void;
  /** Staff of the window take turns after this many visits. */
  visitsPerTurn?: number;
}

const VISITS_PER_TURN = 8;
const TROUBLE_PAUSE_MS = 500;

export async function runClerk(options: ClerkOptions): Promise<void> {
  const { window, api, clock, closing } = options;
  const perTurn = options.visitsPerTurn ?? VISITS_PER_TURN;
  for (let visits = 0; !closing.aborted; visits += 1) {
    const staff = window.staff[Math.floor(visits / perTurn) % window.staff.length]!;
    if (visits % perTurn === 0) {
      await api.call({
        method: 'PUT',
        path: `/v1/windows/${window.id}/desk`,
        body: { staff, paused: false },
      });
    }
    if (closing.aborted) return;
    const visit = options.nextVisit();
    const invited = await serveAndInvite(options, visit, staff);
    if (!invited.ok) {
      if (closing.aborted) return;
      const { code, message } = invited;
      options.onTrouble?.({ code, sentence: `${window.label}: ${code} ${message}` });
      await delay(clock, TROUBLE_PAUSE_MS, closing);
      continue;
    }
    const announced = { invitation: invited.body.invitation, window: window.id, visit, staff };
    options.onInvited?.(announced);
    const pressed = await options.applicantDone(announced);
    if (!pressed && closing.aborted)
      await api.call({ method: 'DELETE', path: `/v1/invitations/${announced.invitation}` });
  }
}

const closed = { ok: false, code: 'hall.closed', message: '' } as const;

async function serveAndInvite(
  { window, api, clock, closing }: ClerkOptions,
  visit: Visit,
  staff: StaffMember,
): Promise<ApiResult<{ invitation: string }>> {
  const services: { projectNo: string; assessNumber: number }[] = [];
  for (const { projectNo, matter, services: count } of visit.cases) {
    const projectName = `关于${matter.taskName}的申请`;
    const opened = await api.call(openedCase(projectNo, { matter, projectName, acceptedMs: clock.wallMs() }));
    if (!opened.ok) return opened;
    for (let number = 1; number <= count; number += 1) {
      const serviceName = number === count ? matter.serviceName : '申请材料预审';
      const served = await api.call(
        servedService({
          projectNo,
          assessNumber: number,
          serviceName,
          servedMs: clock.wallMs(),
          staff,
          window: window.id,
        }),
      );
      if (!served.ok) return served;
    }
    services.push({ projectNo, assessNumber: count });
    const completed = await api.call(completedCase(projectNo, clock.wallMs()));
    if (!completed.ok) return completed;
  }
  if (closing.aborted) return closed;
  return api.call({ method: 'POST', path: '/v1/invitations', body: { window: window.id, services } });
}
