// The engine of Safari: WebKitGTK's little browser with the cameras that WebKit itself pretends to have, spoken to by WebDriver.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';

import { until } from './until.mjs';

const MACHINE = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }[process.arch];
const BROWSERS = ['4.1', '4.0'].map((version) => `/usr/lib/${MACHINE}/webkit2gtk-${version}/MiniBrowser`);
/** What WebDriver calls the number of an element. */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

export class WebKitPhone {
  #driver;
  #base;

  static async open() {
    const binary = BROWSERS.find((path) => existsSync(path));
    if (!binary) throw new Error('MiniBrowser is missing; scripts/needs test installs it (webkit2gtk-driver)');
    const phone = new WebKitPhone();
    const port = await freePort();
    // A session bus and hardware are not there in tests, and root has no sandbox.
    const quiet = { LIBGL_ALWAYS_SOFTWARE: '1', NO_AT_BRIDGE: '1', WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' };
    phone.#driver = spawn('xvfb-run', ['-a', '-s', '-screen 0 500x1000x24', 'WebKitWebDriver', `--port=${port}`], {
      stdio: 'ignore',
      detached: true,
      env: { ...process.env, ...quiet },
    });
    phone.#base = `http://127.0.0.1:${port}`;
    await until('the driver to answer', () => phone.#ask('GET', '/status').catch(() => false), 20_000);
    const args = ['--automation', '--enable-mock-capture-devices=true', '--enable-media-stream=true', '--geometry=420x900'];
    const capabilities = { acceptInsecureCerts: true, 'webkitgtk:browserOptions': { binary, args } };
    const session = await phone.#ask('POST', '/session', { capabilities: { alwaysMatch: capabilities } });
    phone.#base += `/session/${session.sessionId}`;
    return phone;
  }

  goto(url) {
    return this.#ask('POST', '/url', { url });
  }

  /** Runs a function in the page; what it gives must be plain values, or a promise of such. */
  evaluate(run, ...args) {
    return this.#ask('POST', '/execute/sync', { script: `return (${run})(...arguments)`, args });
  }

  async click(selector) {
    await this.#ask('POST', `/element/${await this.#find(selector)}/click`, {});
  }

  async type(selector, text) {
    const id = await this.#find(selector);
    await this.#ask('POST', `/element/${id}/clear`, {});
    await this.#ask('POST', `/element/${id}/value`, { text });
  }

  async text(selector) {
    const text = await this.evaluate((selector) => document.querySelector(selector)?.innerText ?? '', selector);
    return text.replace(/\s+/g, ' ').trim();
  }

  async says(selector, pattern, deadlineMs = 20_000) {
    let last = '';
    await until(`${selector} to say ${pattern}`, async () => pattern.test((last = await this.text(selector))), deadlineMs).catch(
      (error) => {
        throw new Error(`${error.message}; it says: ${last}`);
      },
    );
  }

  async close() {
    await this.#ask('DELETE', '', undefined).catch(() => {});
    // The driver, its screen and its browser are one group.
    process.kill(-this.#driver.pid);
  }

  async #find(selector) {
    return (await this.#ask('POST', '/element', { using: 'css selector', value: selector }))[ELEMENT];
  }

  async #ask(method, path, body) {
    const response = await fetch(this.#base + path, { method, body: body && JSON.stringify(body) });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${value.error}: ${value.message}`);
    return value ?? true;
  }
}

function freePort() {
  return new Promise((done) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}
