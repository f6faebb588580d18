// The readable page of the HTTP API at /docs, made from the OpenAPI document. One page of plain HTML: no script,
// nothing from elsewhere, usable on a phone, in the dark and with a screen reader.
import { API_ERRORS } from '../http/errors.ts';
import { DOCS_STYLE } from './docs-style.ts';

interface Schema {
  type?: string;
  const?: unknown;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  maxItems?: number;
  default?: unknown;
  pattern?: string;
}
interface Content {
  description?: string;
  content?: Record<string, { schema?: Schema }>;
}
interface Operation {
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema?: Schema }[];
  requestBody?: Content;
  responses?: Record<string, Content>;
}
export interface OpenApiDocument {
  info: { title: string; version: string; description?: string };
  paths?: Record<string, Record<string, Operation>>;
}

interface Route {
  method: string;
  path: string;
  operation: Operation;
}

export function docsPage(document: OpenApiDocument): string {
  const routes = Object.entries(document.paths ?? {}).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]): Route => ({ method, path, operation })),
  );
  const tags = [...new Set(routes.map(({ operation }) => operation.tags?.[0] ?? 'other'))];
  const sections = tags.map((tag) => {
    const own = routes.filter(({ operation }) => (operation.tags?.[0] ?? 'other') === tag);
    return `<section><h2 id="${slug(tag)}">${escapeHtml(tag)}</h2>${own.map(routeHtml).join('')}</section>`;
  });
  const links = [...tags, 'errors'].map((tag) => `<li><a href="#${slug(tag)}">${escapeHtml(tag)}</a></li>`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(document.info.title)}</title><style>${DOCS_STYLE}</style></head>
<body><a class="skip" href="#main">Skip to content</a>
<header><h1>${escapeHtml(document.info.title)} <small>${escapeHtml(document.info.version)}</small></h1>
${paragraphs(document.info.description ?? '')}
<p><a href="/openapi.json">openapi.json</a></p></header>
<nav aria-label="Contents"><ul>${links.join('')}</ul></nav>
<main id="main">${sections.join('')}${errorsHtml()}</main></body></html>`;
}

function routeHtml({ method, path, operation }: Route): string {
  const parameters = (operation.parameters ?? []).map((parameter) =>
    fieldRow(
      { name: parameter.name, schema: { ...parameter.schema, ...described(parameter.description) } },
      { required: parameter.required === true, where: parameter.in },
    ),
  );
  const body = schemaOf(operation.requestBody);
  // Errors are the same everywhere and have their own table.
  const good = Object.entries(operation.responses ?? {}).filter(([status]) => status.startsWith('2'));
  const answers = good.map(([status, response]) => {
    const schema = schemaOf(response);
    const fields = schema?.properties ? table('', fieldRows(schema)) : '';
    return `<h4>Answer ${escapeHtml(status)}</h4><p>${escapeHtml(response.description ?? '')}</p>${fields}`;
  });
  return `<article id="${slug(`${method} ${path}`)}">
<h3><span class="method ${method}">${method.toUpperCase()}</span> <code>${escapeHtml(path)}</code></h3>
<p><strong>${escapeHtml(operation.summary ?? '')}</strong></p>${paragraphs(operation.description ?? '')}
${parameters.length > 0 ? table('Parameters', parameters) : ''}
${body ? table('Body', fieldRows(body)) : ''}
${answers.join('')}</article>`;
}

function fieldRows(schema: Schema, prefix = ''): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = prefix + name;
    const row = fieldRow(
      { name: path, schema: field },
      { required: (schema.required ?? []).includes(name), where: '' },
    );
    const inner = field.items ?? field.anyOf?.find(({ properties }) => properties) ?? field;
    return [row, ...fieldRows(inner, `${path}${field.items ? '[].' : '.'}`)];
  });
}

function fieldRow(
  field: { name: string; schema: Schema },
  { required, where }: { required: boolean; where: string },
): string {
  const place = where === '' ? '' : ` <small>${escapeHtml(where)}</small>`;
  const need = required ? '' : ' <small>optional</small>';
  return `<tr><th scope="row"><code>${escapeHtml(field.name)}</code>${place}${need}</th><td>${escapeHtml(form(field.schema))}</td><td>${escapeHtml(field.schema.description ?? '')}</td></tr>`;
}

function form(schema: Schema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.anyOf) return schema.anyOf.map(form).join(' | ');
  const fallback = schema.default === undefined ? '' : `, default ${JSON.stringify(schema.default)}`;
  if (schema.type === 'integer') return `integer${range(schema.minimum, schema.maximum)}${fallback}`;
  if (schema.type === 'array')
    return `list of ${form(schema.items ?? {})}${range(undefined, schema.maxItems)}`;
  if (schema.type === 'string') return `text${range(undefined, schema.maxLength)}`;
  return schema.type ?? 'any';
}

function range(from: number | undefined, to: number | undefined): string {
  if (from !== undefined && to !== undefined) return ` ${from}–${to}`;
  if (from !== undefined) return ` from ${from}`;
  return to === undefined ? '' : `, at most ${to}`;
}

function errorsHtml(): string {
  const rows = API_ERRORS.map(
    ({ code, status, meaning, remedy }) =>
      `<tr><th scope="row"><code>${code}</code></th><td>${status}</td><td>${escapeHtml(meaning)} ${escapeHtml(remedy)}</td></tr>`,
  );
  return `<section><h2 id="errors">errors</h2><p>Every error is <code>{code, message, field?, remedy}</code>.</p>${table('', rows)}</section>`;
}

const table = (title: string, rows: string[]) =>
  `${title === '' ? '' : `<h4>${title}</h4>`}<div class="scroll"><table>${rows.join('')}</table></div>`;
const schemaOf = (part: Content | undefined) => part?.content?.['application/json']?.schema;
const described = (description: string | undefined) => (description === undefined ? {} : { description });
const slug = (text: string) => text.toLowerCase().replace(/[^a-z0-9]+/g, '-');
const paragraphs = (text: string) =>
  text === ''
    ? ''
    : text
        .split('\n\n')
        .map((part) => `<p>${escapeHtml(part)}</p>`)
        .join('');
const escapeHtml = (text: string) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
