// What the HTTP API takes and gives, described once with TypeBox: requests are checked with these, answers are
// written with these, and the OpenAPI document and its page are made from them.
import { type Static, Type } from 'typebox';
import {
  HANDLE_PATTERN,
  ID_PATTERN,
  INVITATION_DEFAULT_SECONDS,
  INVITATION_MAX_SECONDS,
  INVITATION_MIN_SECONDS,
} from '../../protocol/constants.ts';
import { APPLICANT_KINDS, type ApplicantKind } from '../persons/applicant.ts';

export const closed = { additionalProperties: false } as const;
const optionalText = (description: string, maxLength: number) => Type.Optional(text(description, maxLength));
export function text(description: string, maxLength: number) {
  return Type.String({ minLength: 1, maxLength, pattern: '\\S', description });
}

/** Services of one invitation: a batch (一次办理多个事项). */
export const BATCH_LIMIT_SERVICES = 50;
export const EVALUATIONS_PAGE_LIMIT = 500;

export const Instant = (description: string) =>
  Type.String({
    maxLength: 40,
    pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?(Z|[+-]\\d{2}:\\d{2})$',
    description: `${description}. ISO 8601 with offset, such as 2026-02-13T09:30:00+08:00`,
  });

export const WindowParams = Type.Object({
  window: Type.String({ pattern: ID_PATTERN, description: 'Id of the window in the configuration' }),
});
export const CaseParams = Type.Object({ projectNo: text('Number of the case (办件编号)', 64) });
export const ServiceParams = Type.Object({
  projectNo: text('Number of the case (办件编号)', 64),
  assessNumber: Type.Integer({
    minimum: 1,
    maximum: 9999,
    description: 'Number of the service within the case',
  }),
});
export const InvitationParams = Type.Object({
  invitation: Type.String({ pattern: HANDLE_PATTERN, description: 'Handle of the invitation' }),
});

export const Staff = Type.Object(
  {
    badgeId: text('Badge ID (工号)', 32),
    name: text('Name as the evaluator shows it', 32),
  },
  { ...closed, description: 'Window staff' },
);

export const DeskBody = Type.Object(
  {
    staff: Type.Union([Staff, Type.Null()], { description: 'Who has signed in, or null' }),
    paused: Type.Boolean({ description: 'Service paused (暂停服务)' }),
  },
  closed,
);
export const DeskAnswer = Type.Object({ window: Type.String(), ...DeskBody.properties }, closed);

export const SignInBody = Type.Object({ staff: Staff }, closed);
export const WindowAnswer = Type.Object(
  {
    ...DeskAnswer.properties,
    evaluator: Type.Union(
      [Type.Object({ device: Type.String(), online: Type.Boolean() }, closed), Type.Null()],
      { description: 'The evaluator registered at the window' },
    ),
    invitation: Type.Union([Type.String(), Type.Null()], { description: 'Handle of the open invitation' }),
  },
  closed,
);

const IdentityDocument = Type.Object(
  {
    type: Type.String({
      pattern: '^[0-9A-Za-z]{1,8}$',
      description: 'National code of the kind of certificate (证件类型), 111 for an identity card',
    }),
    number: text('Number of the certificate (证件号码)', 64),
  },
  closed,
);

export const Applicant = Type.Object(
  {
    name: optionalText('Name (申请人姓名或名称)', 100),
    kind: Type.Optional(
      Type.Unsafe<ApplicantKind>(
        Type.Union(
          APPLICANT_KINDS.map((kind) => Type.Literal(kind)),
          { description: 'Kind of applicant (申请人类型)' },
        ),
      ),
    ),
    document: Type.Optional(IdentityDocument),
    nationalAccount: optionalText('Identifier on the national portal (国家平台用户标识)', 64),
    mobile: Type.Optional(
      Type.String({ pattern: '^\\+?[0-9][0-9 -]{4,19}$', description: 'Telephone (联系电话)' }),
    ),
    agent: Type.Optional(
      Type.Object(
        { name: optionalText('Name (经办人姓名)', 100), document: Type.Optional(IdentityDocument) },
        { ...closed, minProperties: 1, description: 'Who came for the applicant (经办人)' },
      ),
    ),
  },
  {
    ...closed,
    minProperties: 1,
    description:
      'The applicant (申请人): personal data, encrypted before it is stored, shown masked, readable only with a recorded reason. Replaced by the next PUT, removed by one without it',
  },
);

const days = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000, description }));

const CaseDetails = Type.Object(
  {
    taskHandleItem: optionalText('National code of the handled item (业务办理项编码), 33 characters', 64),
    subMatter: optionalText('Name of the handled item (业务办理项名称)', 200),
    projectType: optionalText('Code of the kind of case (办件类型)', 32),
    departmentName: optionalText('Name of the department (受理部门)', 200),
    orgCode: optionalText('Code of the handling organisation (受理机构编码)', 64),
    orgName: optionalText('Name of the handling organisation (受理机构名称)', 200),
    promiseDays: days('Days promised (承诺办结时限)'),
    anticipatedDays: days('Days allowed by law (法定办结时限)'),
  },
  { ...closed, description: 'What only the provincial system asks' },
);

export const CaseBody = Type.Object(
  {
    taskCode: text('National code of the matter (事项编码)', 64),
    taskName: text('Name of the matter, shown on the evaluator', 200),
    projectName: optionalText('Name of the case; the name of the matter if left out', 200),
    areaCode: optionalText('Code of the area (行政区划)', 32),
    deptCode: optionalText('Code of the department', 32),
    details: Type.Optional(CaseDetails),
    acceptedAt: Type.Optional(Instant('When the case was accepted')),
    applicant: Type.Optional(Applicant),
  },
  closed,
);
export const CaseAnswer = Type.Object(
  { projectNo: Type.String(), change: Type.String({ description: 'created, updated or unchanged' }) },
  closed,
);

export const ServiceBody = Type.Object(
  {
    serviceName: text('What was done in this service (服务名称)', 200),
    servedAt: Instant('When the applicant was served'),
    staff: Staff,
    window: Type.String({ pattern: ID_PATTERN, description: 'Where the applicant was served' }),
    applicant: Type.Optional(Applicant),
  },
  closed,
);
export const ServiceAnswer = Type.Object(
  {
    projectNo: Type.String(),
    assessNumber: Type.Integer(),
    change: Type.String({ description: 'created, updated or unchanged' }),
  },
  closed,
);

export const CompletionBody = Type.Object(
  {
    completedAt: Type.Optional(Instant('When the case was completed; now if left out')),
    assessNumber: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 9999,
        description: 'The service that completed it; the one with the highest number if left out',
      }),
    ),
  },
  closed,
);
export const CompletionAnswer = Type.Object(
  { projectNo: Type.String(), completedAt: Instant('When the case was completed') },
  closed,
);

export const TransferBody = Type.Object({ staff: Staff }, closed);
export type TransferBody = Static<typeof TransferBody>;
export const TransferAnswer = Type.Object(
  { projectNo: Type.String(), staff: Staff, change: Type.String({ description: 'updated or unchanged' }) },
  closed,
);

export const WithdrawalAnswer = Type.Object(
  { projectNo: Type.String(), withdrawnAt: Instant('When the case was withdrawn') },
  closed,
);

const ServiceRef = Type.Object(
  {
    projectNo: text('Number of the case', 64),
    assessNumber: Type.Integer({ minimum: 1, maximum: 9999, description: 'Number of the service' }),
  },
  closed,
);
export const InvitationBody = Type.Object(
  {
    window: Type.String({ pattern: ID_PATTERN, description: 'The window whose evaluator shows it' }),
    services: Type.Array(ServiceRef, {
      minItems: 1,
      maxItems: BATCH_LIMIT_SERVICES,
      description: 'One service, or several as one batch: one press evaluates them all',
    }),
    termSeconds: Type.Optional(
      Type.Integer({
        minimum: INVITATION_MIN_SECONDS,
        maximum: INVITATION_MAX_SECONDS,
        default: INVITATION_DEFAULT_SECONDS,
        description: 'How long the invitation stays on the screen',
      }),
    ),
  },
  closed,
);
const InvitationState = Type.Union(
  [
    Type.Literal('open'),
    Type.Literal('cancelled'),
    Type.Literal('replaced'),
    Type.Literal('ended'),
    Type.Literal('evaluated'),
  ],
  {
    description:
      'open, cancelled by the window system, replaced by the next one, ended by its term, evaluated',
  },
);
export const InvitationCreated = Type.Object(
  {
    invitation: Type.String({ description: 'Handle of the invitation' }),
    state: InvitationState,
    window: Type.String(),
    device: Type.String({ description: 'The evaluator it was sent to' }),
  },
  closed,
);
export const Press = Type.Object(
  {
    level: Type.Integer({ minimum: 1, maximum: 5, description: '5 非常满意 … 1 非常不满意' }),
    pressedAt: Instant('Time of the last key'),
    device: Type.String(),
    seq: Type.Integer({ description: 'Sequence in the journal of the evaluator' }),
  },
  closed,
);
export const InvitationAnswer = Type.Object(
  {
    invitation: Type.String(),
    state: InvitationState,
    evaluation: Type.Union([Press, Type.Null()]),
  },
  closed,
);

export const EvaluationsQuery = Type.Object(
  {
    after: Type.Integer({ minimum: 0, default: 0, description: 'Only evaluations with a greater id' }),
    limit: Type.Integer({ minimum: 1, maximum: EVALUATIONS_PAGE_LIMIT, default: 100 }),
    level: Type.Optional(Type.Integer({ minimum: 1, maximum: 5, description: 'Only this level' })),
  },
  closed,
);
const EvaluatedService = Type.Object(
  {
    projectNo: Type.String(),
    assessNumber: Type.Integer(),
    taskName: Type.String(),
    upstream: Type.Union([Type.Literal('waiting'), Type.Literal('delivered'), Type.Literal('refused')]),
  },
  closed,
);
export const EvaluationsAnswer = Type.Object(
  {
    evaluations: Type.Array(
      Type.Object(
        {
          id: Type.Integer(),
          ...Press.properties,
          pressedUntil: Type.Union([
            Instant('Its time is only known to lie from pressedAt to then'),
            Type.Null(),
          ]),
          timeDoubt: Type.Union([Type.String(), Type.Null()], {
            description: 'Why the clock of the evaluator was not believed: future or before-boot',
          }),
          receivedAt: Instant('When the gateway stored it'),
          badgeId: Type.Union([Type.String(), Type.Null()], {
            description: 'Staff on the card that was shown; the evaluation counts for that one',
          }),
          reasons: Type.Array(Type.Integer(), { description: 'National reason codes given after the press' }),
          state: Type.String({
            description: 'effective, duplicate, late, unmatched, excluded or quarantined',
          }),
          services: Type.Array(EvaluatedService),
        },
        closed,
      ),
    ),
  },
  closed,
);

export type DeskBody = Static<typeof DeskBody>;
export type SignInBody = Static<typeof SignInBody>;
export type CaseBody = Static<typeof CaseBody>;
export type ServiceBody = Static<typeof ServiceBody>;
export type CompletionBody = Static<typeof CompletionBody>;
export type InvitationBody = Static<typeof InvitationBody>;
export type InvitationAnswer = Static<typeof InvitationAnswer>;
export const EventsQuery = Type.Object(
  {
    after: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'Only later events: 0 from the first one on; new ones only if left out',
      }),
    ),
  },
  closed,
);
export type EventsQuery = Static<typeof EventsQuery>;
export type EvaluationsQuery = Static<typeof EvaluationsQuery>;
export type EvaluationsAnswer = Static<typeof EvaluationsAnswer>;
