// What a window system says to the gateway's API of a case, its services and its completion.
import type { CallOptions } from './gateway-api.ts';
import { AREA_CODE, type Matter } from './matters.ts';
import type { StaffMember } from './roster.ts';

/** Times are wall times in milliseconds. */
export const openedCase = (
  projectNo: string,
  { matter, acceptedMs, projectName }: { matter: Matter; acceptedMs: number; projectName?: string },
): CallOptions => ({
  method: 'PUT',
  path: `/v1/cases/${projectNo}`,
  body: {
    taskCode: matter.taskCode,
    taskName: matter.taskName,
    ...(projectName !== undefined && { projectName }),
    areaCode: AREA_CODE,
    deptCode: matter.deptCode,
    acceptedAt: shanghaiTime(acceptedMs),
  },
});

export interface ServedService {
  projectNo: string;
  assessNumber: number;
  serviceName: string;
  servedMs: number;
  staff: StaffMember;
  /** Its id. */
  window: string;
}

export const servedService = (service: ServedService): CallOptions => {
  const { projectNo, assessNumber, serviceName, servedMs, staff, window } = service;
  return {
    method: 'PUT',
    path: `/v1/cases/${projectNo}/services/${assessNumber}`,
    body: { serviceName, servedAt: shanghaiTime(servedMs), staff, window },
  };
};

export const completedCase = (projectNo: string, completedMs: number): CallOptions => ({
  method: 'POST',
  path: `/v1/cases/${projectNo}/completion`,
  body: { completedAt: shanghaiTime(completedMs) },
});

/** ISO 8601 with the offset of Asia/Shanghai. */
export function shanghaiTime(wallMs: number): string {
  return new Date(wallMs + 8 * 3_600_000).toISOString().replace('Z', '+08:00');
}
