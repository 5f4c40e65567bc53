// @ts-check
/** Tells when this phone's battery is nearly empty, where the browser tells at all (Chrome does, Safari does not). */

/** At this share a phone may go out at any moment. */
const WEAK = 0.05;

/**
 * Calls `onWeak` whenever the battery is low and is not being charged, at each per cent anew.
 * @param {any} navigator
 * @param {() => void} onWeak
 */
export async function watchBattery(navigator, onWeak) {
  const battery = await navigator.getBattery?.().catch(() => null);
  if (!battery) return;
  const look = () => {
    if (battery.level <= WEAK && !battery.charging) onWeak();
  };
  battery.addEventListener('levelchange', look);
  battery.addEventListener('chargingchange', look);
  look();
}
