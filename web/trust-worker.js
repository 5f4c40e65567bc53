// @ts-check
/** Does nothing. That a browser runs it at all tells `trust.js` that it knows this computer. */
