import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freeTcpPort } from '../../gateway/testing/free-ports.ts';
import { needs } from '../../scripts/testing/needs.ts';
import { runDemo } from './run-demo.ts';
import { createTerminal } from './terminal.ts';
import { clock, temporaryFolder, until } from './testing.ts';

const CHROMIUM = '/usr/bin/chromium';
/** On a bare machine the page is not tried; in CI it must be. */
const need = needs(CHROMIUM);
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const DEVICE = 'pj-a01';

describe.skipIf(need.skip)(need.title('the demo page'), () => {
  const stop = new AbortController();
  const { folder, remove } = temporaryFolder();
  let browser: Browser;
  let page: Page;
  let run: Promise<unknown>;
  const errors: string[] = [];

  beforeAll(async () => {
    let progress = '';
    let url: string | undefined;
    run = runDemo({
      engine: 'node',
      data: folder,
      exitAfterSeconds: undefined,
      json: false,
      page: true,
      port: await freeTcpPort(),
      seed: 1,
      windows: 3,
      interpreter: undefined,
      clock,
      terminal: createTerminal({
        colour: false,
        write: (text) => {
          progress += text;
        },
      }),
      stop: stop.signal,
      onOpen: (_hall, pageUrl) => {
        url = pageUrl;
      },
    });
    const opened = until('the hall opens', () => url !== undefined, 60_000);
    // A demo that fails says why; one that ends before it opened is a failure too.
    await Promise.race([opened, run.then(() => Promise.reject(new Error(progress)))]);
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    await page.goto(url!);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    stop.abort();
    await run;
    remove();
  }, 60_000);

  const evaluator = () => page.locator(`[data-device="${DEVICE}"]`);
  const count = async (id: string) => Number(await page.getByTestId(id).textContent());
  const inked = () =>
    evaluator()
      .locator('canvas')
      .evaluate((canvas) => {
        const { data } = (canvas as unknown as HTMLCanvasLike).getContext('2d').getImageData(0, 0, 320, 240);
        return new Set(new Uint32Array(data.buffer)).size > 1;
      });

  it('shows the screens that the firmware draws', async () => {
    await until('three evaluators', async () => (await page.locator('article.window').count()) === 3);
    await until('something is drawn', inked);
  });

  it('takes a press by number key and shows its record at the gateway and at the province', async () => {
    const applicants = page.getByRole('switch', { name: '办事人自动按键' });
    await applicants.click();
    await until('the switch is off', async () => (await applicants.getAttribute('aria-checked')) === 'false');
    // Whoever was in the middle of a press is thanked first; then the next card waits for the visitor.
    await until('a press is not under way', async () => {
      const states = await evaluator().locator('.state').getAttribute('data-screen');
      return states === 'card' && (await count('thanked')) === (await count('forwarded'));
    });
    const before = await count('forwarded');
    await evaluator().getByRole('group').focus();
    await page.keyboard.press('2');
    await until('the choice is seen', async () =>
      ['chosen', 'writing', 'thanks'].includes(
        (await evaluator().locator('.state').getAttribute('data-screen')) ?? '',
      ),
    );
    await until('the record arrives', async () => (await count('forwarded')) > before);
    await until('it is listed', async () =>
      (await page.getByTestId('records').textContent())!.includes('2 不满意'),
    );
  });

  it('grows a backlog while the province is cut and drains it afterwards', async () => {
    const province = page.getByRole('switch', { name: '省系统网络' });
    await province.click();
    await until(
      'a card',
      async () => (await evaluator().locator('.state').getAttribute('data-screen')) === 'card',
    );
    await evaluator()
      .getByRole('button', { name: /按键 5/ })
      .click();
    await until('the backlog grows', async () => (await count('backlog')) > 0);
    await province.click();
    await until('the backlog drains', async () => (await count('backlog')) === 0);
  });

  it('speaks English when asked to', async () => {
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'Gateway records' }).waitFor();
    await page.getByRole('button', { name: '中文' }).click();
    await page.getByRole('heading', { name: '网关记录' }).waitFor();
  });

  it('fits a phone without scrolling sideways, with targets of at least 44 px', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    const width = await page.evaluate('document.documentElement.scrollWidth');
    expect(width).toBeLessThanOrEqual(390);
    for (const button of await page.getByRole('button').or(page.getByRole('switch')).all()) {
      const box = await button.boundingBox();
      expect(Math.min(box!.width, box!.height)).toBeGreaterThanOrEqual(44);
    }
  });

  it('reports no error to the console', () => {
    expect(errors).toEqual([]);
  });
});

interface HTMLCanvasLike {
  getContext(kind: '2d'): {
    getImageData(x: number, y: number, width: number, height: number): { data: { buffer: ArrayBuffer } };
  };
}
