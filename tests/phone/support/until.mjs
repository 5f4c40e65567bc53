/** Waits until something is so, and fails with what was waited for when the deadline has passed. */
export async function until(what, isSo, deadlineMs = 10_000) {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const value = await isSo();
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited ${deadlineMs / 1000} s for ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}
