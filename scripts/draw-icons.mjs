// Draws web/icon-*.png from web/favicon.svg. Run it when the drawing changes:
//   (cd tests/phone && npm ci) && node scripts/draw-icons.mjs
// The browser that the phone tests use does the drawing, so that no further program is needed.

import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const web = new URL('../web/', import.meta.url);
const require = createRequire(new URL('../tests/phone/package.json', import.meta.url));
const { chromium } = require('playwright-core');

const drawing = await readFile(new URL('favicon.svg', web), 'utf8');
// Phones cut the corners themselves: an icon that comes with round corners gets white ones.
const square = drawing.replace(' rx="14"', '').replace('<svg ', '<svg width="100%" height="100%" ');
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
for (const side of [180, 192, 512]) {
  const page = await browser.newPage({ viewport: { width: side, height: side } });
  await page.setContent(`<style>body{margin:0;height:100vh;overflow:hidden}svg{display:block}</style>${square}`);
  await writeFile(new URL(`icon-${side}.png`, web), await page.screenshot());
  await page.close();
}
await browser.close();
