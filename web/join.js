// @ts-check
/**
 * The page behind the QR code: goes on by itself. The browser came here from the camera app, a foreign site, and showed no
 * cookie. What a page of ours sends does carry it, so that a phone that is paired already is recognised. Sent while the
 * page still loads, it leaves no step for Back.
 */

document.forms[0]?.submit();
