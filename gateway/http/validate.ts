// Checks each part of a request against its schema and names the first field that is wrong. Only what comes as
// text in an address (path and query) is converted; a body is taken as it is.
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Value } from 'typebox/value';
import { ApiError } from './errors.ts';

const partNames: Record<string, string> = {
  body: 'body',
  querystring: 'query',
  params: 'path',
  headers: 'headers',
};

/** Compiled once in a process: a start of the gateway is not the place to do it again. */
const compiled = new WeakMap<TSchema, ReturnType<typeof Compile>>();

export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const check = compiled.get(schema) ?? Compile(schema);
  compiled.set(schema, check);
  const part = partNames[httpPart ?? 'body'] ?? 'body';
  const isText = part === 'query' || part === 'path';
  return (value: unknown) => {
    const given = isText ? Value.Default(schema, Value.Convert(schema, value)) : value;
    if (check.Check(given)) return { value: given };
    return { error: fieldError(part, check.Errors(given)) };
  };
};

interface SchemaError {
  keyword: string;
  instancePath: string;
  message: string;
  params: object;
}

function fieldError(part: string, errors: SchemaError[]): ApiError {
  // Of a union every branch complains: the deepest complaint is the one about what was meant.
  const deepest = [...errors].sort((a, b) => b.instancePath.length - a.instancePath.length)[0];
  const error =
    errors.find(({ keyword }) => keyword === 'additionalProperties' || keyword === 'required') ?? deepest;
  const { requiredProperties, additionalProperties } = (error?.params ?? {}) as Record<string, string[]>;
  const name = requiredProperties?.[0] ?? additionalProperties?.[0];
  const path = `${error?.instancePath ?? ''}${name === undefined ? '' : `/${name}`}`;
  const field = part + path.replace(/\/(\d+)(?=\/|$)/g, '[$1]').replaceAll('/', '.');
  const what =
    error?.keyword === 'additionalProperties'
      ? 'is not a field of this request'
      : error?.keyword === 'required'
        ? 'is missing'
        : (error?.message ?? 'is not as it must be');
  return new ApiError('request.field', { field, message: `${field} ${what}.` });
}
