/** A bar chart as SVG: small enough to be made by hand. */

const WIDTH = 720;
const LEFT = 190;
const BAR = 18;
const GAP = 5;
const COLORS = ["#1f6f8b", "#9aa5ab", "#d9a441"];

/** @param {string} text */
const escaped = (text) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

/**
 * Groups of bars beside each other; a line stands where a value would be ideal.
 * @param {{ title: string, unit: string, ideal: number, groups: { name: string, bars: { name: string, value: number }[] }[] }} chart
 */
export function barChart({ title, unit, ideal, groups }) {
  const most = Math.max(ideal, ...groups.flatMap(({ bars }) => bars.map(({ value }) => value)));
  const scale = (WIDTH - LEFT - 70) / most;
  const parts = [`<text x="10" y="22" font-weight="bold">${escaped(title)}</text>`];
  let y = 40;
  for (const { name, bars } of groups) {
    parts.push(`<text x="10" y="${y + 13}">${escaped(name)}</text>`);
    for (const [index, bar] of bars.entries()) {
      const width = (bar.value * scale).toFixed(1);
      parts.push(
        `<rect x="${LEFT}" y="${y}" width="${width}" height="${BAR}" fill="${COLORS[index % COLORS.length]}"/>`,
        `<text x="${LEFT - 6}" y="${y + 13}" text-anchor="end">${escaped(bar.name)}</text>`,
        `<text x="${LEFT + Number(width) + 6}" y="${y + 13}">${bar.value.toFixed(2)}${escaped(unit)}</text>`,
      );
      y += BAR + GAP;
    }
    y += 14;
  }
  const x = (LEFT + ideal * scale).toFixed(1);
  parts.push(`<line x1="${x}" x2="${x}" y1="32" y2="${y - 10}" stroke="#c0392b" stroke-dasharray="4 3"/>`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${y}" fill="#ffffff"/>`,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}
