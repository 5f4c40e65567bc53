// A Redis of its own as the queue of the program, and what workers on other machines would do to it: by the very script
// that the program runs there.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { until } from './until.mjs';

const script = fileURLToPath(new URL('../../../src/jobs/redis.lua', import.meta.url));
const LEASE_MS = 600_000;
/** How long a job waits whose worker vanished once, and twice. */
const PAUSES_MS = '2000 4000';

export async function startQueue() {
  const port = await new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
  const queue = new Queue(port);
  await queue.start();
  return queue;
}

class Queue {
  #child = null;

  constructor(port) {
    this.port = port;
    this.folder = mkdtempSync(join(tmpdir(), 'framekeep-queue-'));
  }

  get url() {
    return `redis://127.0.0.1:${this.port}/0`;
  }

  async start() {
    const options = ['--port', this.port, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'yes', '--dir', this.folder];
    this.#child = spawn('redis-server', options.map(String), { stdio: 'ignore' });
    await until('Redis to answer', () => {
      try {
        return this.#cli('PING') === 'PONG';
      } catch {
        return false;
      }
    });
  }

  async stop() {
    this.#child.kill('SIGKILL');
    await until('Redis to be gone', () => this.#child.exitCode !== null || this.#child.signalCode !== null);
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Queues a job and gives its number. */
  enqueue(kind, payload) {
    return Number(this.ask('enqueue', kind, JSON.stringify(payload), 1, 5, '', ''));
  }

  claim(worker, kind) {
    this.ask('claim', worker, LEASE_MS, PAUSES_MS, 'too often', kind);
  }

  beat(worker, job) {
    const info = { name: worker, machine: worker.split('-')[0], version: '0.1.0', job, since: Date.now() - 65_000, seen: 0 };
    this.ask('beat', worker, JSON.stringify(info));
  }

  ask(...words) {
    return this.#cli('--eval', script, '{framekeep}:jobs', ',', ...words);
  }

  #cli(...words) {
    return execFileSync('redis-cli', ['-p', String(this.port), ...words.map(String)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  }
}
