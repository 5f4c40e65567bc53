/*
 * Whether this browser opens the protected page: a request over https fails when its certificate is not believed, and
 * only then, because this page came from the same computer and port a moment ago.
 */
const check = document.getElementById('check');

function show(result) {
  for (const part of check.querySelectorAll('[data-result]')) part.hidden = part.dataset.result !== result;
}

async function ask() {
  show('asking');
  try {
    await fetch(`https://${check.dataset.address}/trust/check`, { mode: 'no-cors', cache: 'no-store' });
    show('opened');
  } catch {
    show('refused');
  }
}

document.getElementById('check-again').addEventListener('click', ask);
// Whoever comes back from the settings has changed something there.
document.addEventListener('visibilitychange', () => document.hidden || ask());
ask();
