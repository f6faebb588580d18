// A whole hall at once: the list of boards as CSV, and the report of what became of each. Pure.

export interface BatchRow {
  port: string;
  window: string;
  id: string | undefined;
}

export interface BatchResult extends BatchRow {
  /** `ok`, or the code of the failure. */
  code: string;
  sentence: string;
  seconds: number;
}

export const BATCH_LIMIT_ROWS = 500;
const COLUMNS = ['port', 'window', 'id'];

/** Rows below a head with the columns port, window and, if wanted, id; or what is wrong. */
export function parseBatch(text: string): BatchRow[] | string {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const head = (lines[0] ?? '').split(',').map((cell) => cell.trim().toLowerCase());
  const unknown = head.find((name) => !COLUMNS.includes(name));
  if (unknown !== undefined || !head.includes('port') || !head.includes('window'))
    return 'the first line must name the columns: port,window or port,window,id';
  if (lines.length - 1 > BATCH_LIMIT_ROWS) return `at most ${BATCH_LIMIT_ROWS} boards`;
  const rows: BatchRow[] = [];
  for (const [index, line] of lines.slice(1).entries()) {
    const cells = line.split(',').map((cell) => cell.trim());
    const cell = (name: string) => cells[head.indexOf(name)] ?? '';
    if (cells.length > head.length || cell('port') === '' || cell('window') === '')
      return `line ${index + 2} must have a port and a window`;
    rows.push({ port: cell('port'), window: cell('window'), id: cell('id') || undefined });
  }
  return rows;
}

export function batchReportCsv(results: readonly BatchResult[]): string {
  const quoted = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = results.map(({ port, window, id, code, sentence, seconds }) =>
    [port, window, id ?? '', code, sentence, seconds.toFixed(1)].map(quoted).join(','),
  );
  return `${['port,window,id,result,text,seconds', ...lines].join('\n')}\n`;
}

export function batchReportText(results: readonly BatchResult[]): string[] {
  const done = results.filter(({ code }) => code === 'ok').length;
  return [
    ...results.map(({ port, window, id, code, sentence }) =>
      code === 'ok' ? `done    ${window}  ${id ?? ''}  ${port}` : `failed  ${window}  ${port}  ${sentence}`,
    ),
    `${done} of ${results.length} evaluators are in service.`,
  ];
}
