// The HTTP server: limits, keys, error answers and documents in one place; what the API does is in routes/.
// Listens nowhere by itself. Every /v1 request has a known key, a checked shape and a bounded size.
import type { Socket } from 'node:net';
import swagger from '@fastify/swagger';
import {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  fastify,
  LogController,
} from 'fastify';
import { docsPage, type OpenApiDocument } from '../pages/docs.ts';
import { StoreUnavailable } from '../ports.ts';
import { ApiError } from './errors.ts';
import { type ApiKey, makeKeyCheck } from './keys.ts';
import { makeRateLimit } from './rate-limit.ts';
import { ALL_SCOPES, describeScope, requireScope } from './scopes.ts';
import { validatorCompiler } from './validate.ts';

export const BODY_LIMIT_BYTES = 65_536;
const PATH_PART_LIMIT_CHARACTERS = 200;
/** A client that sends slower than this is let go. */
const REQUEST_LIMIT_MS = 15_000;

declare module 'fastify' {
  interface FastifyRequest {
    /** Name of the window system whose key was sent. Empty outside /v1. */
    system: string;
    /** May look after evaluators. */
    isAdmin: boolean;
  }
}

export interface HttpAppOptions {
  apiKeys: readonly ApiKey[];
  requestsPerSecond: number;
  monotonicMs: () => number;
  logger: FastifyBaseLogger;
  version: string;
  addRoutes: (app: FastifyInstance) => void;
  /** A connection that only who may read the data folder can have made needs no key. */
  isLocal: (socket: Socket) => boolean;
}

export async function buildHttpApp(options: HttpAppOptions): Promise<FastifyInstance> {
  const app: FastifyInstance = fastify({
    loggerInstance: options.logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_LIMIT_MS,
    forceCloseConnections: true,
    // An address the router cannot read never reaches the error handler.
    frameworkErrors: (error, _, reply) => answerError(translate(error), reply),
    clientErrorHandler: answerNoRequest,
    routerOptions: { maxParamLength: PATH_PART_LIMIT_CHARACTERS },
    // With these given, fastify does not load compilers that are never used, which took a tenth of a start.
    schemaController: { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } },
  });
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.decorateRequest('system', '');
  app.decorateRequest('isAdmin', false);
  app.decorateRequest('scopes');
  app.addHook('onRoute', describeScope);
  addGuards(app, options);
  addErrorAnswers(app);
  await app.register(swagger, { openapi: openApiHead(options.version) });
  await app.register(async (inner) => options.addRoutes(inner));
  addDocuments(app);
  await app.ready();
  return app;
}

function noCompiler(): never {
  throw new Error('every schema goes to the compilers that were set');
}

function addGuards(app: FastifyInstance, options: HttpAppOptions) {
  const systemOf = makeKeyCheck(options.apiKeys);
  const limit = makeRateLimit({ perSecond: options.requestsPerSecond, monotonicMs: options.monotonicMs });
  const take = (caller: string) => {
    const waitSeconds = limit.take(caller);
    if (waitSeconds > 0) throw Object.assign(new ApiError('request.too-many'), { waitSeconds });
  };
  app.addHook('onRequest', async (request) => {
    if (!request.url.startsWith('/v1/')) return;
    if (options.isLocal(request.raw.socket)) {
      request.system = 'local';
      request.isAdmin = true;
      request.scopes = ALL_SCOPES;
      return;
    }
    try {
      const caller = systemOf(request.headers.authorization);
      request.system = caller.name;
      request.scopes = caller.scopes;
    } catch (error) {
      take(`address ${request.ip}`);
      throw error;
    }
    take(`system ${request.system}`);
    requireScope(request);
  });
}

function addErrorAnswers(app: FastifyInstance) {
  app.setNotFoundHandler((request, reply) => {
    const error = new ApiError('route.unknown', {
      message: `There is no ${request.method} ${request.url.split('?')[0]}.`,
    });
    reply.code(error.status).send(error.body());
  });
  app.setErrorHandler((error: FastifyError | ApiError, request, reply) => {
    const answer = error instanceof ApiError ? error : translate(error);
    if (answer.status >= 500) request.log.error({ err: error, code: answer.code }, 'request failed');
    else
      request.log.info({ code: answer.code, field: answer.field, system: request.system }, 'request refused');
    const { waitSeconds } = error as { waitSeconds?: number };
    if (waitSeconds !== undefined) reply.header('retry-after', waitSeconds);
    if (answer.status === 503) reply.header('retry-after', 1);
    reply.code(answer.status).send(answer.body());
  });
}

function answerError(error: ApiError, reply: FastifyReply): void {
  reply.code(error.status).type('application/json; charset=utf-8').send(JSON.stringify(error.body()));
}

/** What cannot be read as HTTP at all. */
function answerNoRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return;
  const body = JSON.stringify(new ApiError('request.malformed').body());
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function translate(error: FastifyError): ApiError {
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new ApiError('request.too-large');
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new ApiError('request.media-type');
  const notJson = ['FST_ERR_CTP_EMPTY_JSON_BODY', 'FST_ERR_CTP_INVALID_JSON_BODY'].includes(error.code);
  if (notJson || error instanceof SyntaxError) return new ApiError('request.not-json');
  if ((error as unknown) instanceof StoreUnavailable) return new ApiError('gateway.busy');
  const status = error.statusCode ?? 500;
  return new ApiError(status >= 400 && status < 500 ? 'request.malformed' : 'gateway.failed');
}

function addDocuments(app: FastifyInstance) {
  const hide = { schema: { hide: true } };
  app.get('/openapi.json', hide, () => app.swagger());
  app.get('/docs', hide, (_, reply) => {
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'");
    return docsPage(app.swagger() as unknown as OpenApiDocument);
  });
}

function openApiHead(version: string) {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Pingjia gateway API',
      version,
      description:
        'For the business systems of the windows: put cases and services, invite the applicant to evaluate, follow the result. JSON in UTF-8, times in ISO 8601 with offset. Every request carries `Authorization: Bearer <key>`.\n\nPUT and DELETE may be repeated freely. A POST may be repeated with the same Idempotency-Key: the same request gets the same answer again.',
    },
    components: { securitySchemes: { key: { type: 'http' as const, scheme: 'bearer' } } },
    security: [{ key: [] }],
  };
}
