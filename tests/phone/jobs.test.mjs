// The operator's page of jobs: what runs, waits and failed is seen live, and the buttons do what they say.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { Phone } from './support/phone.mjs';
import { startQueue } from './support/queue.mjs';
import { setStage } from './support/stage.mjs';
import { until } from './support/until.mjs';

let framekeep;
let browser;
let queue;
let token;

const settings = async () => {
  queue = await startQueue();
  return `[jobs]\nqueue = "${queue.url}"\nworkers = 0\n`;
};

setStage({ settings }, (stage) => {
  ({ framekeep, browser } = stage);
  token = framekeep.token('--user', 'Olga', '--operator');
});

after(async () => {
  await queue?.stop();
  queue?.remove();
});

/** A browser that was given this role by a code. */
async function paired(role, options) {
  const phone = await Phone.open(browser, options);
  const answer = await phone.context.request.post(`${framekeep.url}/api/v1/invitations`, {
    headers: { Authorization: `Bearer ${token}` },
    data: { role },
  });
  await phone.page.goto((await answer.json()).url);
  await phone.page.waitForURL((url) => url.pathname === '/watch');
  await phone.page.goto(`${framekeep.url}/jobs`);
  return phone;
}

const list = (phone, name) => phone.page.getByRole('region', { name: new RegExp(`^${name}`) });
const heading = (phone, text) => phone.page.getByRole('heading', { name: text }).waitFor({ timeout: 10_000 });

test('an operator sees what runs, waits and failed, live, and steers it', async () => {
  const phone = await paired('operator', { viewport: { width: 1200, height: 900 } });
  const { page } = phone;
  await heading(phone, 'Waiting (0)');
  await page.getByText('No job has failed.').waitFor();
  await page.getByText('No worker has been heard of.').waitFor();

  const failed = queue.enqueue('recording', { recording: '0123456789abcdef' });
  queue.claim('studio-1-0', 'recording');
  queue.ask('fail', failed, 1, 'ffmpeg ended with 1: it is <b>no</b> video', '');
  const running = queue.enqueue('clip', { event: 5 });
  queue.claim('studio-1-0', 'clip');
  queue.ask('renew', running, 1, 'studio-1-0', '0.5', 'encoding');
  queue.beat('studio-1-0', running);
  const waiting = queue.enqueue('timelapse', { day: '2025-11-21' });
  for (const text of ['Running (1)', 'Waiting (1)', 'Failed (1)', 'Done (0)']) await heading(phone, text);

  const bar = list(phone, 'Running').getByRole('progressbar');
  assert.equal(await bar.evaluate((bar) => bar.value), 0.5);
  await list(phone, 'Running').getByText(/50 % · encoding · about \d+ s left · running for \d+ s · studio-1-0/).waitFor();
  await page.getByRole('row', { name: new RegExp(`studio-1-0 studio 0\\.1\\.0 Clip ${running}, 50 % 1 min`) }).waitFor();
  queue.ask('renew', running, 1, 'studio-1-0', '0.75', 'writing');
  await list(phone, 'Running').getByText(/75 % · writing/).waitFor();

  const dead = list(phone, 'Failed');
  await dead.getByText('attempt 1: ffmpeg ended with 1: it is <b>no</b> video').waitFor();
  await dead.getByText('Details').click();
  await dead.getByLabel('What went wrong').getByText('attempt 1: ffmpeg').waitFor();
  await dead.getByText('"recording":"0123456789abcdef"').waitFor();

  await page.getByRole('button', { name: `Retry: Recording ${failed}` }).click();
  for (const text of ['Failed (0)', 'Waiting (2)']) await heading(phone, text);
  await page.getByRole('button', { name: `Cancel: Time-lapse ${waiting}` }).click();
  for (const text of ['Cancelled (1)', 'Waiting (1)']) await heading(phone, text);
  await page.getByRole('button', { name: `Cancel: Clip ${running}` }).click();
  await list(phone, 'Running').getByText(/is to be cancelled/).waitFor();
  queue.ask('fail', running, 1, 'cancelled', '');
  await heading(phone, 'Cancelled (2)');

  await page.getByRole('button', { name: 'Forget all that are cancelled' }).click();
  await heading(phone, 'Cancelled (2)');
  await page.getByRole('button', { name: 'Yes, forget 2 jobs for good' }).click();
  await heading(phone, 'Cancelled (0)');

  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByText('Paused: jobs that run are finished').waitFor();
  queue.claim('studio-1-0', 'recording');
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  queue.claim('studio-1-0', 'recording');
  await heading(phone, 'Running (1)');
  queue.ask('finish', failed, 2);
  await heading(phone, 'Done (1)');
  await page.getByText('1 job done in the last hour').waitFor();
  assert.ok((await page.locator('#done-plot rect').count()) === 1);
  assert.deepEqual(phone.complaints, []);
  await phone.close();
});

test('a queue that goes away is told, and is back by itself', async () => {
  const phone = await paired('operator', {});
  await heading(phone, /Waiting/);
  await queue.stop();
  await phone.page.getByText(/The queue of jobs does not answer/).waitFor();
  await queue.start();
  await until('the note to go', async () => (await phone.page.locator('#note').innerText()) === '', 15_000);
  await phone.close();
});

test('who is no operator is told, and sees nothing', async () => {
  const viewer = await paired('viewer', {});
  await viewer.page.getByText(/Only an operator sees the jobs/).waitFor();
  const stranger = await Phone.open(browser);
  await stranger.page.goto(`${framekeep.url}/jobs`);
  await stranger.page.getByText(/This browser is not paired/).waitFor();
  for (const phone of [viewer, stranger]) {
    assert.equal(await phone.page.locator('#all').isVisible(), false);
    await phone.close();
  }
});

const SCREENS = [
  ['a small phone', { viewport: { width: 320, height: 568 } }, 16],
  ['a phone with large text in the dark', { viewport: { width: 390, height: 844 }, colorScheme: 'dark' }, 28],
  ['a desk', { viewport: { width: 1400, height: 900 } }, 16],
];

for (const [name, screen, textPx] of SCREENS) {
  test(`${name}: everything fits, is large enough to press, has a name, and is reached by the keyboard`, async () => {
    const long = queue.enqueue('recording', { recording: 'x'.repeat(60) });
    queue.claim('a-machine-with-a-very-long-name.somewhere.example-4711-12', 'recording');
    queue.ask('fail', long, 1, `no ${'very'.repeat(40)} good`, '');
    queue.enqueue('clip', { event: 9 });
    queue.claim('studio-1-0', 'clip');
    queue.beat('a-machine-with-a-very-long-name.somewhere.example-4711-12', null);
    const phone = await paired('operator', screen);
    const { page } = phone;
    await page.evaluate((px) => document.documentElement.style.setProperty('font-size', `${px}px`), textPx);
    await heading(phone, /^Failed \([1-9]/);
    await heading(phone, /^Running \([1-9]/);
    await list(phone, 'Failed').getByRole('listitem').first().waitFor();
    const faults = await page.evaluate(() => {
      const faults = [];
      if (document.documentElement.scrollWidth > window.innerWidth) faults.push(`scrolls sideways: ${document.documentElement.scrollWidth}`);
      for (const control of document.querySelectorAll('button, a.button, summary')) {
        const box = control.getBoundingClientRect();
        if (box.width === 0) continue;
        const label = (control.getAttribute('aria-label') ?? control.textContent).trim();
        if (!label) faults.push(`no name: ${control.outerHTML}`);
        if (box.width < 48 || box.height < 48) faults.push(`${label}: ${Math.round(box.width)}x${Math.round(box.height)}`);
        if (box.left < 0 || box.right > window.innerWidth + 0.5) faults.push(`${label} leaves the screen`);
      }
      return faults;
    });
    assert.deepEqual(faults, [], name);
    if (process.env.FRAMEKEEP_PICTURES) await page.screenshot({ path: `${process.env.FRAMEKEEP_PICTURES}/jobs ${name}.png`, fullPage: true });
    const reached = new Set();
    for (let press = 0; press < 40; press++) {
      await page.keyboard.press('Tab');
      reached.add(await page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent));
    }
    for (const control of ['Pause', `Retry: Recording ${long}`, `Details: Recording ${long}`]) assert.ok(reached.has(control), `${control} of ${[...reached]}`);
    assert.deepEqual(phone.complaints, []);
    await phone.close();
  });
}
