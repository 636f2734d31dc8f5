// Numbers as people read them.

const whole = new Intl.NumberFormat("en");
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** @param {number} value */
export const count = (value) => whole.format(value);

/** A number whose last digits do not matter: 12.3K.
 *
 * @param {number} value */
export const roughly = (value) => (value < 10_000 ? whole.format(value) : short.format(value));

/** An estimate: 5,800, 12K.
 *
 * @param {number} value */
export const estimated = (value) => (value < 10_000 ? whole.format(Number(value.toPrecision(2))) : short.format(value));

/**
 * `1 sample`, `2 samples`.
 *
 * @param {number} value
 * @param {string} one
 * @param {string} [many]
 */
export function counted(value, one, many = `${one}s`) {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** @param {number} size */
export function bytes(size) {
  if (size < 1000) return counted(size, "byte");
  const units = ["kB", "MB", "GB"];
  let value = size / 1000;
  while (value >= 999.5 && units.length > 1) {
    value /= 1000;
    units.shift();
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[0]}`;
}

/** `0:07`, `12:34`, `1:02:03`.
 *
 * @param {number} milliseconds */
export function duration(milliseconds) {
  const seconds = Math.floor(milliseconds / 1000);
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60];
  const hours = Math.floor(seconds / 3600);
  if (hours > 0) parts.unshift(hours);
  return parts.map((part, index) => (index === 0 ? part : String(part).padStart(2, "0"))).join(":");
}

/** How long something will take, as exactly as one can know it: `a few seconds`, `about 40 s`, `about 3 h 20 min`.
 *
 * @param {number} milliseconds */
export function soon(milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds < 7.5) return "a few seconds";
  if (seconds < 55) return `about ${Math.round(seconds / 5) * 5} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `about ${minutes} min`;
  const rest = minutes % 60;
  return `about ${Math.floor(minutes / 60)} h${rest > 0 ? ` ${rest} min` : ""}`;
}

const cents = new Intl.NumberFormat("en", { style: "currency", currency: "USD" });
const fractions = new Intl.NumberFormat("en", { style: "currency", currency: "USD", maximumSignificantDigits: 2 });

/** `$12.30`, `$0.023`, `under $0.0001`.
 *
 * @param {number} amount */
export function dollars(amount) {
  if (amount > 0 && amount < 0.0001) return "under $0.0001";
  return amount > 0 && amount < 0.1 ? fractions.format(amount) : cents.format(amount);
}
