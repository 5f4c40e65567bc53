// @ts-check
/**
 * Things that lie over the page (a frame seen large, the gallery over the camera) and that the phone's own Back closes.
 * Each open layer is one step of the browser's history; closing by a button goes that step back, so that both ways end
 * in the same place.
 */

/** @type {(() => void)[]} */
const open = [];
/** Where this page lives; a layer may show another address meanwhile. */
const home = location.pathname;

// A reload keeps the history but no layer. The present step begins anew without one.
if (history.state?.layer) history.replaceState(null, '');
window.addEventListener('popstate', (event) => settle(event.state?.layer ?? 0));

/**
 * Opens a layer.
 * @param {() => void} close called when the layer has to go, whoever asks for it
 * @param {string} [url] the address to show meanwhile
 * @returns {() => void} asks for it to be closed
 */
export function openLayer(close, url) {
  open.push(close);
  const depth = open.length;
  // The browser goes back a little later; a second tap until then must not go back once more, out of the page.
  let leaving = false;
  history.pushState({ layer: depth }, '', url);
  return () => {
    if (leaving || open.length !== depth) return;
    leaving = true;
    history.back();
  };
}

/** @param {number} depth how many layers may stay */
function settle(depth) {
  while (open.length > depth) open.pop()?.();
  // A step of a layer that is long closed, come back to by Forward or after a reload, is passed over.
  if (open.length < depth) history.back();
  // Before a reload, another page opened this one as its layer; that page has to be loaded again.
  else if (depth === 0 && location.pathname !== home) location.reload();
}
