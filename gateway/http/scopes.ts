// What a key may do: each route names its scope, and a key has those of its system. A key that names
// none has all that a window system needs.
import type { FastifyRequest, RouteOptions } from 'fastify';
import { ApiError } from './errors.ts';

export const SCOPES = {
  cases: 'put, complete, transfer and withdraw cases',
  invitations: 'invite and cancel',
  windows: 'sign staff in and out, pause and resume, put and remove photos of staff',
  results: 'read evaluations, cases, invitations, events and status',
  'person:read': 'open applicants, each time recorded',
} as const;
export type Scope = keyof typeof SCOPES;
export const ALL_SCOPES = Object.keys(SCOPES) as Scope[];
/** What a key has that names none: the work of a window, never personal data. */
export const WINDOW_SCOPES: readonly Scope[] = ['cases', 'invitations', 'windows', 'results'];

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a key needs for this route. */
    scope?: Scope;
  }
  interface FastifyRequest {
    scopes: readonly Scope[];
  }
}

/** Throws key.scope when the route wants a scope that the request's key lacks. */
export function requireScope(request: FastifyRequest): void {
  const { scope } = request.routeOptions.config;
  if (scope === undefined || request.scopes.includes(scope)) return;
  throw new ApiError('key.scope', {
    message: `The key of ${request.system} lacks the scope ${scope}: ${SCOPES[scope]}.`,
  });
}

/** Each route of the API says in the documents what a key needs for it; one that asks for nothing is a mistake. */
export function describeScope(route: RouteOptions): void {
  const schema = route.schema as { hide?: boolean; description?: string } | undefined;
  if (!route.url.startsWith('/v1/') || schema?.hide) return;
  const scope = route.config?.scope;
  if (!schema || scope === undefined) throw new Error(`${route.url} asks for no scope`);
  schema.description = `${schema.description ?? ''} Scope: \`${scope}\`.`.trim();
}
