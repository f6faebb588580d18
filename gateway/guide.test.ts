import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createCanvas } from '@napi-rs/canvas';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allSettings } from './config/settings.ts';
import { makeGuide } from './guide.ts';
import { API_ERRORS } from './http/errors.ts';
import { startTestHall, type TestHall } from './testing-hall.ts';

const guide = readFileSync(new URL('./README.md', import.meta.url), 'utf8');

let hall: TestHall;
beforeAll(async () => {
  hall = await startTestHall();
});
afterAll(() => hall.end());

describe('the guide of the gateway', () => {
  it('shows calls that work as written, in their order', async () => {
    await hall.register('a01', 'a01');
    const commands = [...guide.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1]!);
    expect(commands.length).toBe(8);
    writeFileSync(join(hall.folder, 'A1023.jpg'), createCanvas(90, 120).toBuffer('image/jpeg'));
    let invitation = '';
    const answers: Record<string, unknown>[] = [];
    for (const command of commands) {
      const environment = {
        PATH: process.env.PATH,
        GATEWAY: hall.gateway.addresses.http.url,
        KEY: hall.key,
        INVITATION: invitation,
      };
      const { stdout } = await promisify(execFile)('sh', ['-c', command], {
        cwd: hall.folder,
        env: environment,
      });
      const answer = JSON.parse(stdout) as Record<string, unknown>;
      expect(answer.code, stdout).toBeUndefined();
      if (typeof answer.invitation === 'string') invitation = answer.invitation;
      answers.push(answer);
    }
    expect(answers[5]).toMatchObject({ state: 'open', device: 'a01' });
    expect(answers[6]).toMatchObject({ state: 'open', evaluation: null });
    expect(answers[7]).toEqual({ evaluations: [] });
  });

  it('has the tables that errors and settings make (else: npx tsx gateway/write-guide.ts)', () => {
    for (const { code } of API_ERRORS) expect(guide).toContain(`| \`${code}\` |`);
    for (const { path } of allSettings()) expect(guide).toContain(`| \`${path}\` |`);
    expect(makeGuide(guide)).toBe(guide);
  });
});
