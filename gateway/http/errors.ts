// Every error of the HTTP API: stable code, status, meaning, remedy. README.md prints this table and a test
// compares the two; the answer is `{code, message, field?, remedy}`.

interface ApiErrorRow {
  code: string;
  status: number;
  meaning: string;
  remedy: string;
}

export const API_ERRORS = [
  {
    code: 'key.missing',
    status: 401,
    meaning: 'The request carries no API key.',
    remedy: 'Send the header `Authorization: Bearer <key>`.',
  },
  {
    code: 'key.unknown',
    status: 401,
    meaning: 'No system of this gateway has that API key.',
    remedy: 'Make a key with `pingjia key new` and restart the gateway with it in http.apiKeys.',
  },
  {
    code: 'key.not-admin',
    status: 403,
    meaning: 'The key may not look after evaluators.',
    remedy: 'Use `pingjia device` on the machine of the gateway.',
  },
  {
    code: 'key.scope',
    status: 403,
    meaning: 'The key lacks the scope that this route asks for.',
    remedy: 'Use a key that has it, or add the scope to the key under http.apiKeys and restart the gateway.',
  },
  {
    code: 'request.not-json',
    status: 400,
    meaning: 'The body is not JSON.',
    remedy: 'Send a JSON object in UTF-8.',
  },
  {
    code: 'request.media-type',
    status: 415,
    meaning: 'The body is announced as something else than JSON.',
    remedy: 'Send the header `Content-Type: application/json`.',
  },
  {
    code: 'request.field',
    status: 400,
    meaning: 'A field is missing, unknown, of the wrong type or out of range; `field` says which.',
    remedy: 'Compare the request with /docs or /openapi.json.',
  },
  {
    code: 'request.malformed',
    status: 400,
    meaning: 'The request is not one that HTTP allows here.',
    remedy: 'Compare address, headers and length of the request with /docs.',
  },
  {
    code: 'request.too-large',
    status: 413,
    meaning: 'The body is longer than 64 KiB.',
    remedy: 'Send fewer services in one invitation or shorter texts.',
  },
  {
    code: 'request.too-many',
    status: 429,
    meaning: 'This system sends more requests than its limit.',
    remedy: 'Wait as many seconds as `Retry-After` says, and poll less often.',
  },
  {
    code: 'route.unknown',
    status: 404,
    meaning: 'There is no such address or method.',
    remedy: 'Look the address up in /docs.',
  },
  {
    code: 'window.unknown',
    status: 404,
    meaning: 'The hall has no window with that id.',
    remedy: 'Use an id of `windows` in the configuration, or add the window there.',
  },
  {
    code: 'window.no-evaluator',
    status: 409,
    meaning: 'No evaluator is registered at that window.',
    remedy: 'Register one with `pingjia device register`.',
  },
  {
    code: 'staff.unknown',
    status: 404,
    meaning: 'Nobody with that badge ID was named at a window or in a service yet.',
    remedy: 'Sign the staff member in first, or check the badge ID.',
  },
  {
    code: 'photo.none',
    status: 404,
    meaning: 'There is no photo of that staff member.',
    remedy: 'PUT one, or show none.',
  },
  {
    code: 'photo.type',
    status: 415,
    meaning: 'The body is announced as something else than a PNG or JPEG.',
    remedy: 'Send the header `Content-Type: image/png` or `image/jpeg` and the bytes of the file.',
  },
  {
    code: 'photo.too-large',
    status: 413,
    meaning: 'The photo has more than 1 MiB or 2,048 pixels a side.',
    remedy: 'Send a smaller one: 320 by 384 pixels are plenty.',
  },
  {
    code: 'photo.unreadable',
    status: 400,
    meaning: 'The body is no whole PNG or JPEG.',
    remedy: 'Save the picture anew as PNG or JPEG and send all of its bytes.',
  },
  {
    code: 'device.unknown',
    status: 404,
    meaning: 'No evaluator is registered under that id.',
    remedy: 'See `pingjia device list`.',
  },
  {
    code: 'device.exists',
    status: 409,
    meaning: 'An evaluator with that id is registered already.',
    remedy: 'Choose another id; an id is never used twice.',
  },
  {
    code: 'device.in-service',
    status: 409,
    meaning: 'The evaluator of that id is in service; its key is not given out again.',
    remedy: 'Put another board there with `pingjia device replace`.',
  },
  {
    code: 'device.revoked',
    status: 409,
    meaning: 'The evaluator is revoked.',
    remedy: 'Register a new one under another id.',
  },
  {
    code: 'device.offline',
    status: 409,
    meaning: 'The evaluator is not connected to a running gateway.',
    remedy: 'See that the gateway runs and the evaluator has power and network, then repeat.',
  },
  {
    code: 'device.keys-used-up',
    status: 409,
    meaning: 'The evaluator has had all 255 keys there can be.',
    remedy: 'Put it into service anew with `pingjia device replace`.',
  },
  {
    code: 'window.occupied',
    status: 409,
    meaning: 'That window has an evaluator already.',
    remedy: 'Put another board there with `pingjia device replace`, or revoke the evaluator first.',
  },
  {
    code: 'case.unknown',
    status: 404,
    meaning: 'No case with that projectNo was put.',
    remedy: 'PUT /v1/cases/{projectNo} first.',
  },
  {
    code: 'case.completed',
    status: 409,
    meaning: 'The case was completed before, at another time.',
    remedy: 'Leave its completion as it is.',
  },
  {
    code: 'case.withdrawn',
    status: 409,
    meaning: 'The case was withdrawn and cannot be completed any more.',
    remedy: 'Put a new case under a number of its own.',
  },
  {
    code: 'service.unknown',
    status: 404,
    meaning: 'The case has no service with that assessNumber.',
    remedy: 'PUT /v1/cases/{projectNo}/services/{assessNumber} first.',
  },
  {
    code: 'service.evaluated',
    status: 409,
    meaning: 'The service has its evaluation already.',
    remedy: 'Invite only services that nobody has evaluated.',
  },
  {
    code: 'service.invited',
    status: 409,
    meaning: 'The service was shown to its applicant already and cannot be changed any more.',
    remedy: 'Put a further service with the next assessNumber.',
  },
  {
    code: 'service.repeated',
    status: 400,
    meaning: 'The invitation names a service twice.',
    remedy: 'Name every service once.',
  },
  {
    code: 'invitation.unknown',
    status: 404,
    meaning: 'There is no invitation with that handle.',
    remedy: 'Use the handle that POST /v1/invitations answered.',
  },
  {
    code: 'invitation.evaluated',
    status: 409,
    meaning: 'The invitation has been answered with a key and cannot be cancelled.',
    remedy: 'Follow the result with GET.',
  },
  {
    code: 'events.too-many',
    status: 429,
    meaning: 'Too many event streams are open, of this system or in all.',
    remedy: 'Close the streams that nobody reads, or poll GET /v1/evaluations.',
  },
  {
    code: 'idempotency.different',
    status: 409,
    meaning: 'The Idempotency-Key was used before for another request.',
    remedy: 'Use a new key for every new request.',
  },
  {
    code: 'gateway.busy',
    status: 503,
    meaning: 'The gateway cannot store anything at the moment.',
    remedy: 'Send the same request again, with the same Idempotency-Key; tell hall IT if it stays so.',
  },
  {
    code: 'gateway.failed',
    status: 500,
    meaning: 'The gateway made a mistake; it is in its log.',
    remedy: 'Send the same request again, with the same Idempotency-Key, and tell hall IT.',
  },
] as const satisfies readonly ApiErrorRow[];

export type ApiErrorCode = (typeof API_ERRORS)[number]['code'];

export interface ApiErrorBody {
  code: ApiErrorCode;
  message: string;
  field?: string;
  remedy: string;
}

/** Thrown by routes only, and answered in one place. */
export class ApiError extends Error {
  readonly code: ApiErrorCode;
  readonly field: string | undefined;
  readonly status: number;

  constructor(code: ApiErrorCode, details: { message?: string; field?: string } = {}) {
    const row = API_ERRORS.find((error) => error.code === code)!;
    super(details.message ?? row.meaning);
    this.code = code;
    this.field = details.field;
    this.status = row.status;
  }

  body(): ApiErrorBody {
    const { remedy } = API_ERRORS.find((error) => error.code === this.code)!;
    return {
      code: this.code,
      message: this.message,
      ...(this.field === undefined ? {} : { field: this.field }),
      remedy,
    };
  }
}
