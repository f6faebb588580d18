// The tables of gateway/README.md that are made from the code: errors of the API, settings, alarms, findings of
// verify. Takes the page, gives it with its tables made anew.
import { settingsTable } from './config/settings.ts';
import { DOCTOR_CODES } from './doctor/checks.ts';
import { API_ERRORS } from './http/errors.ts';
import { FINDINGS } from './verify/findings.ts';
import { ALARMS } from './watch/alarms.ts';

export function makeGuide(page: string): string {
  const tables = {
    'api-errors': errorsTable(),
    settings: settingsTable(),
    alarms: alarmsTable(),
    doctor: doctorTable(),
    findings: findingsTable(),
  };
  return Object.entries(tables).reduce(
    (text, [name, table]) =>
      text.replace(
        new RegExp(`<!-- made: ${name} -->[\\s\\S]*?<!-- end -->`),
        () => `<!-- made: ${name} -->\n${table}\n<!-- end -->`,
      ),
    page,
  );
}

function findingsTable(): string {
  const rows = Object.entries(FINDINGS).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
  return ['| code | meaning |', '| --- | --- |', ...rows].join('\n');
}

function errorsTable(): string {
  const rows = API_ERRORS.map(
    ({ code, status, meaning, remedy }) => `| \`${code}\` | ${status} | ${meaning} | ${remedy} |`,
  );
  return ['| code | status | meaning | remedy |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function alarmsTable(): string {
  const rows = ALARMS.map(({ code, meaning, remedy }) => `| \`${code}\` | ${meaning} | ${remedy} |`);
  return ['| code | meaning | remedy |', '| --- | --- | --- |', ...rows].join('\n');
}

function doctorTable(): string {
  const rows = DOCTOR_CODES.map(
    ({ code, gravity, meaning, remedy }) => `| \`${code}\` | ${gravity} | ${meaning} | ${remedy} |`,
  );
  return ['| code | gravity | meaning | remedy |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
