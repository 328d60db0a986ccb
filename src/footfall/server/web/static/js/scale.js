// @ts-check
/** Axes: round steps that hold the data. */

/**
 * Round ticks from zero to at least `most`.
 * @param {number} most @param {number} [wanted] @param {boolean} [is_whole] Only whole steps.
 * @returns {number[]}
 */
export function ticks(most, wanted = 5, is_whole = false) {
  if (!(most > 0)) return [0, 1];
  const raw = most / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const rounded = power * ([1, 2, 2.5, 5, 10].find((step) => step * power >= raw) ?? 10);
  const step = is_whole ? Math.max(1, Math.ceil(rounded)) : rounded;
  const n = Math.max(1, Math.ceil(most / step - 1e-9));
  return Array.from({ length: n + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}

/** Ticks of a duration: steps that are round in seconds, minutes or hours. @param {number} most */
export function secondTicks(most) {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];
  const step = steps.find((item) => most / item <= 4) ?? 86400 * Math.ceil(most / 86400 / 4);
  const n = Math.max(1, Math.ceil(most / step));
  return Array.from({ length: n + 1 }, (_, i) => i * step);
}

const STEPS = [1, 2, 3, 4, 5, 6, 7, 10, 14, 15, 28, 30];

/** Steps that end on whole hours and days. @type {Record<string, number[]>} */
export const CLOCK_STEPS = {
  minute: [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440],
  hour: [1, 2, 3, 4, 6, 12, 24, 48, 72, 168],
};

/**
 * Places of labels along an axis, so that no two touch.
 * @param {number} n @param {number} room How many fit. @param {number[]} [steps] Distances they may have.
 * @returns {number[]}
 */
export function labelled(n, room, steps = STEPS) {
  const step = steps.find((item) => n / item <= room)
    ?? Math.ceil(n / room);
  return Array.from({ length: Math.ceil(n / step) }, (_, i) => i * step);
}
