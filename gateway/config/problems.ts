// A mistake in the configuration as one sentence: where, what is wrong, how to mend it. Never quotes a value that
// may be a secret.
import type { z } from 'zod';
import { allSettings, meaningOf, namesAt } from './settings.ts';

export interface ConfigProblem {
  /** Path of the setting, or the file. */
  at: string;
  message: string;
  remedy: string;
}

export function sentenceOf({ at, message, remedy }: ConfigProblem): string {
  return `${at}: ${message}. ${remedy}.`;
}

export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? String(step) : `${text}.${String(step)}`;
  }, '');
}

export function problemsOf(issue: z.core.$ZodIssue, given: unknown): ConfigProblem[] {
  const at = pathText(issue.path) || 'the whole file';
  const meaning = meaningOf(issue.path, given);
  if (issue.code === 'unrecognized_keys') {
    const known = namesAt(issue.path, given).join(', ');
    return issue.keys.map((key) => ({
      at: pathText([...issue.path, key]),
      message: 'is not a setting of the gateway',
      remedy: `Remove it or correct its name; known here are ${known}`,
    }));
  }
  if (valueAt(given, issue.path) === undefined) {
    return [
      {
        at,
        message: 'is missing',
        remedy: `Add it (${meaning ?? 'see gateway/README.md'}); it ${issue.message}`,
      },
    ];
  }
  const row = allSettings().find((setting) => setting.path === at.replace(/\[\d+\]/g, '[]'));
  const environment = row?.environmentName ? `, here or in ${row.environmentName}` : '';
  return [
    {
      at,
      message: issue.message,
      remedy: `Correct it${environment} (${meaning ?? 'see gateway/README.md'})`,
    },
  ];
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, step) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[step],
    value,
  );
}
