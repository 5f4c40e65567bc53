// What most tests of the pages need: the program, and a browser whose camera sees something. Put up before the tests of a file and
// taken down after them, also when not all of it came up.

import { after, before } from 'node:test';

import { startFramekeep } from './framekeep.mjs';
import { drawClip, launch } from './phone.mjs';

/**
 * @param {object} what
 * @param {Parameters<typeof drawClip>[0]} [what.clip] draws what the camera sees; Chromium's own test picture otherwise
 * @param {Parameters<typeof launch>[0] | null} [what.browser] what kind of browser; null for none
 * @param {() => string | Promise<string>} [what.settings] what stands in the settings of the program; a place to begin what they name,
 *   as node begins all that is to come before the tests of a file at once
 * @param {(stage: {framekeep: Awaited<ReturnType<typeof startFramekeep>>, browser: import('playwright-core').Browser}) => unknown} begin
 *   takes what was put up, and does what else comes before the tests
 */
export function setStage({ clip, browser = {}, settings = () => '' }, begin) {
  const up = { clip: null, framekeep: null, browser: null };

  before(async () => {
    if (clip) up.clip = drawClip(clip);
    up.framekeep = await startFramekeep({ settings: await settings() });
    if (browser) up.browser = await launch({ ...browser, clip: up.clip?.path });
    await begin({ framekeep: up.framekeep, browser: up.browser });
  });

  after(async () => {
    await up.browser?.close();
    await up.framekeep?.stop();
    up.clip?.remove();
  });
}
