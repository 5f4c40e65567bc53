import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
const WEB = path.resolve(import.meta.dirname, '../../../web');
const TYPES = { html: 'text/html; charset=utf-8', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml', png: 'image/png', webmanifest: 'application/manifest+json', json: 'application/json' };
const CSP = "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";
export async function startMock({ dir = mkdtempSync(path.join(os.tmpdir(), 'fk-')), port = 0, state } = {}) {
  const key = path.join(dir, 'k.pem'), cert = path.join(dir, 'c.pem');
  if (!existsSync(key)) execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=localhost'], { stdio: 'ignore' });
  const s = state ?? { devices: new Map(), frames: new Map(), deleted: new Map(), states: [], override: null, event: 0, lastMotion: 0, counts: { received: 0, motion: 0, kept: 0, dropped: 0 } };
  const streams = new Set();
  const tell = (user, name, data) => { for (const t of streams) if (!user || t.user === user || name === 'session') t.res.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`); };
  const server = https.createServer({ key: readFileSync(key), cert: readFileSync(cert) }, async (req, res) => {
    const url = new URL(req.url, 'https://x');
    const send = (status, body, type = 'application/json') => { res.writeHead(status, { 'Content-Type': type, 'Content-Security-Policy': CSP }); res.end(typeof body === 'string' || Buffer.isBuffer(body) ? body : body === undefined ? '' : JSON.stringify(body)); };
    const err = (status, code, message, extra = {}) => send(status, { error: { code, message, hint: '', ...extra } });
    const chunks = []; for await (const c of req) chunks.push(c);
    const body = Buffer.concat(chunks);
    const device = s.devices.get(/framekeep=(\w+)/.exec(req.headers.cookie ?? '')?.[1]);
    const p = url.pathname;
    if (p.startsWith('/j/')) { const t = randomBytes(8).toString('hex'); s.devices.set(t, { id: randomBytes(8).toString('hex'), label: 'Android phone, Chrome', user: null, pending: null }); res.setHeader('Set-Cookie', `framekeep=${t}; HttpOnly; Secure; SameSite=Strict; Path=/; Max-Age=34560000`); return send(200, '<meta http-equiv=refresh content="0;url=/">', TYPES.html); }
    const page = { '/': 'index.html', '/frames': 'frames.html', '/upload': 'upload.html' }[p];
    if (req.method === 'GET' && (page || p.startsWith('/web/'))) { const f = path.join(WEB, page ?? p.slice(5)); return existsSync(f) ? send(200, readFileSync(f), TYPES[f.split('.').pop()]) : err(404, 'not_found', 'no'); }
    if (!device) return err(401, 'no_session', 'no session');
    if (p === '/api/v1/me') return send(200, { device: { id: device.id, label: device.label, role: 'camera' }, user: device.user, pending: device.pending, now: Date.now() + 5000, max_fps: 15, problems: s.problems ?? [] });
    if (p === '/api/v1/me/user') { const u = JSON.parse(body).user; if (/[/]/.test(u)) return err(422, 'bad_name', 'the name holds a character that is not allowed (/); use letters, digits, spaces, - _ . and \''); if (u === 'Ben') { device.pending = u; return send(202, { user: u, status: 'asked' }); } device.user = u; device.pending = null; return send(200, { user: u, status: 'granted' }); }
    if (p === '/api/v1/stream') { res.writeHead(200, { 'Content-Type': 'text/event-stream' }); const t = { res, user: device.user }; streams.add(t); res.write(`event: hello\ndata: {"now":${Date.now()}}\n\n`); req.on('close', () => streams.delete(t)); return; }
    let m;
    if ((m = /^\/api\/v1\/cameras\/([^/]+)\/(frames|state)$/.exec(p))) {
      if (m[2] === 'state') { s.states.push(JSON.parse(body)); return send(204); }
      if (s.override) return s.override(err, send);
      const camera = decodeURIComponent(m[1]); const seq = Number(req.headers['x-seq']);
      s.counts.received++; const motion = seq % 16 > 5; const score = motion ? 0.02 + 0.2 * Math.abs(Math.sin(seq / 3)) : 0.0004;
      let saved = null;
      if (motion) { s.counts.motion++; if (seq % 16 === 6) s.event++; const id = randomBytes(8).toString('hex'); saved = { id, user: device.user, camera, seq, captured_at: Number(req.headers['x-captured-at']), width: 1280, height: 720, bytes: body.length, format: 'jpeg', score, event: s.event, peak: seq % 16 === 8, body }; s.frames.set(id, saved); const d = path.join(dir, 'save', device.user); mkdirSync(d, { recursive: true }); writeFileSync(path.join(d, `${saved.captured_at}_${camera}_${seq}.jpg`), body); s.counts.kept++; const { body: _b, ...json } = saved; tell(device.user, 'frame', json); }
      return send(200, { seq, motion, verdict: motion ? 'motion' : 'still', score, saved: !!saved, frame: saved?.id ?? null, event: saved ? s.event : null, interval_ms: 0, counts: s.counts });
    }
    if (p === '/api/v1/frames') { const all = [...s.frames.values()].filter((f) => f.user === device.user).sort((a, b) => b.captured_at - a.captured_at); const from = Number(url.searchParams.get('cursor') ?? 0), n = Number(url.searchParams.get('limit')); return send(200, { frames: all.slice(from, from + n).map(({ body, ...f }) => f), next: from + n < all.length ? String(from + n) : null, count: all.length, bytes: all.reduce((a, f) => a + f.bytes, 0) }); }
    if ((m = /^\/api\/v1\/frames\/(\w+)(\/\w+)?$/.exec(p))) {
      if (m[2] === '/restore') { const f = s.deleted.get(m[1]); s.deleted.delete(m[1]); s.frames.set(m[1], f); const { body: _b, ...json } = f; tell(device.user, 'frame', json); return send(204); }
      const f = s.frames.get(m[1]); if (!f || f.user !== device.user) return err(404, 'not_found', 'no such frame');
      if (req.method === 'DELETE') { s.frames.delete(m[1]); s.deleted.set(m[1], f); tell(device.user, 'deleted', { id: m[1] }); return send(204); }
      return send(200, f.body, 'image/jpeg');
    }
    err(404, 'not_found', 'no such route');
  });
  await new Promise((r) => server.listen(port, '127.0.0.1', r));
  const actual = server.address().port;
  return { url: `https://127.0.0.1:${actual}`, port: actual, dir, state: s, tell, stop: () => new Promise((r) => { for (const t of streams) t.res.end(); server.closeAllConnections(); server.close(r); }) };
}
