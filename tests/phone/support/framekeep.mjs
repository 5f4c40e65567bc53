// The real program under test: `framekeep serve` with folders and a port of its own.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createHash } from 'node:crypto';

import { until } from './until.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const binary = process.env.FRAMEKEEP ?? join(root, 'target/debug/framekeep');

/** Starts it and waits until it has printed where a phone joins. `settings` is what stands in its settings.toml. */
export async function startFramekeep({ settings = '' } = {}) {
  if (!existsSync(binary)) throw new Error(`${binary} is missing; build it with cargo build, or name another by FRAMEKEEP`);
  const folder = mkdtempSync(join(tmpdir(), 'framekeep-phone-'));
  const program = new Framekeep(folder);
  if (settings) {
    mkdirSync(program.dataDir);
    writeFileSync(join(program.dataDir, 'settings.toml'), settings);
  }
  await program.start('127.0.0.1:0');
  return program;
}

class Framekeep {
  #child = null;
  #printed = '';

  constructor(folder) {
    this.folder = folder;
    this.saveDir = join(folder, 'saved');
    this.dataDir = join(folder, 'data');
  }

  /** The address of the page, such as https://127.0.0.1:40123. */
  get url() {
    return new URL(this.pairingUrl).origin;
  }

  /** The newest address with a ticket that it printed. */
  get pairingUrl() {
    return this.#tickets().slice(-1)[0];
  }

  async start(listen = new URL(this.url).host) {
    this.#printed = '';
    const common = ['--data-dir', this.dataDir, '--save-dir', this.saveDir];
    this.#child = spawn(binary, ['serve', '--camera', 'none', ...common, '--listen', listen], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (this.#printed += text));
    }
    await until('framekeep to print where a phone joins', () => this.#tickets().length > 0 || this.#ended(), 20_000);
    if (this.#ended()) throw new Error(`framekeep ended at its start:\n${this.#printed}`);
  }

  /** Waits for the ticket after `used`: each pairs one phone. */
  async nextTicket(used) {
    await until('framekeep to print the next ticket', () => this.pairingUrl !== used);
    return this.pairingUrl;
  }

  /** A token for scripts, as its command line makes it. */
  token(...args) {
    const out = execFileSync(binary, ['token', ...args, '--data-dir', this.dataDir, '--save-dir', this.saveDir], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return out.trim().split(/\s+/).slice(-1)[0];
  }

  /** Ends it as `kill -9` and a power cut do. */
  async kill() {
    this.#child.kill('SIGKILL');
    await until('framekeep to be gone', () => this.#ended());
  }

  /** Ends it in order and removes its folders. */
  async stop() {
    if (!this.#ended()) {
      this.#child.kill('SIGTERM');
      await until('framekeep to stop', () => this.#ended(), 15_000).catch(() => this.#child.kill('SIGKILL'));
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The kept pictures of a user: path within the save folder and SHA-256 of the bytes. */
  pictures(user) {
    const found = [];
    const walk = (path) => {
      if (!existsSync(join(this.saveDir, path))) return;
      for (const entry of readdirSync(join(this.saveDir, path), { withFileTypes: true })) {
        const inner = join(path, entry.name);
        if (entry.isDirectory()) walk(inner);
        else if (/\.(jpg|png|webp)$/.test(entry.name)) {
          found.push({ path: inner, sha256: sha256(readFileSync(join(this.saveDir, inner))) });
        }
      }
    };
    walk(user);
    return found;
  }

  get printed() {
    return this.#printed;
  }

  #tickets() {
    return [...this.#printed.matchAll(/https:\/\/\S+\/j\/\S+/g)].map(([url]) => url);
  }

  #ended() {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}

/** @param {Buffer} bytes */
export function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}
