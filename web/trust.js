// @ts-check
/**
 * Whether this browser knows the computer, or somebody went past its warning. A browser runs no service worker of a page
 * behind a warning (Chromium; measured), so one that does nothing is registered and taken away again.
 */

const check = /** @type {HTMLElement | null} */ (document.getElementById('check'));

/** @param {'asking' | 'warned' | 'known' | 'unsure'} result */
function show(result) {
  for (const part of /** @type {NodeListOf<HTMLElement>} */ (check?.querySelectorAll('[data-result]'))) {
    part.hidden = part.dataset.result !== result;
  }
}

async function ask() {
  show('asking');
  if (!navigator.serviceWorker) return show('unsure');
  try {
    const worker = await navigator.serviceWorker.register('/web/trust-worker.js', { scope: '/web/trust-worker' });
    await worker.unregister();
    // Other browsers may let a worker run behind a warning; only Chromium is known not to.
    show(/Chrome\//.test(navigator.userAgent) ? 'known' : 'unsure');
  } catch (error) {
    show(/** @type {DOMException} */ (error).name === 'SecurityError' ? 'warned' : 'unsure');
  }
}

if (check) {
  document.getElementById('check-again')?.addEventListener('click', ask);
  document.addEventListener('visibilitychange', () => document.hidden || void ask());
  void ask();
}
