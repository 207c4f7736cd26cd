'use strict';
// tables: sort by the buttons in their heads, keep the rows that hold a word, download as they are
const raw = cell => cell.dataset.csv ?? cell.innerText.trim();
const number = text => /^[≤≥=\s]*[-+]?[\d.]/.test(text) ? parseFloat(text.replace(/[≤≥=,\s]/g, '')) : NaN;
const compare = (x, y) => {
  const [first, second] = [number(x), number(y)];
  if (isNaN(first) && isNaN(second)) return x.localeCompare(y);
  return isNaN(first) ? 1 : isNaN(second) ? -1 : first - second;
};
document.querySelectorAll('th[aria-sort] button').forEach(button => button.addEventListener('click', () => {
  const head = button.closest('th'), table = head.closest('table'), column = head.cellIndex;
  const down = head.getAttribute('aria-sort') === 'ascending';
  table.querySelectorAll('th[aria-sort]').forEach(other => other.setAttribute('aria-sort', 'none'));
  head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
  [...table.tBodies[0].rows].sort((a, b) => compare(raw(a.cells[column]), raw(b.cells[column])) * (down ? -1 : 1))
    .forEach(row => table.tBodies[0].append(row));
}));
document.querySelectorAll('input[data-filter]').forEach(input => input.addEventListener('input', () => {
  const word = input.value.trim().toLowerCase();
  for (const row of document.getElementById(input.dataset.filter).tBodies[0].rows)
    row.hidden = !row.textContent.toLowerCase().includes(word);
}));
document.querySelectorAll('button[data-csv]').forEach(button => button.addEventListener('click', () => {
  const rows = [...document.getElementById(button.dataset.csv).rows].map(row => [...row.children].map(cell => raw(cell)).map(text => '"' + text.replaceAll('"', '""') + '"').join(','));
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob(['\ufeff' + rows.join('\r\n')], { type: 'text/csv' }));
  link.download = button.dataset.csv + '.csv';
  link.click();
}));
// a link to the evidence of a target unfolds it
const unfold = () => { const goal = document.getElementById(location.hash.slice(1)); if (goal instanceof HTMLDetailsElement) goal.open = true; };
addEventListener('hashchange', unfold);
unfold();
// names along the axes are small where the screen is
if (document.documentElement.clientWidth < 600)
  addEventListener('load', () => document.querySelectorAll('.js-plotly-plot').forEach(plot => {
    if (plot._fullLayout.showlegend && !plot.closest('#s-map')) Plotly.relayout(plot, { 'legend.font.size': 10 });
    const small = Object.keys(plot._fullLayout).filter(key => /^[xy]axis\d*$/.test(key) && /category$/.test(plot._fullLayout[key].type));
    if (small.length) Plotly.relayout(plot, Object.fromEntries(small.map(axis => [axis + '.tickfont.size', 9])));
    const lines = plot.data.flatMap((part, at) => part.marker?.symbol === 'line-ew-open' ? [at] : []);
    if (lines.length) Plotly.restyle(plot, { 'marker.size': 12 }, lines);
  }));
// names on maps that would stand on others give way, the larger places first; they come back where there is room
const declutter = plot => {
  const kept = [];
  for (const text of plot.querySelectorAll('.scatterlayer .textpoint text')) {
    // a box is higher than its letters
    const whole = text.getBoundingClientRect(), room = 0.15 * whole.height;
    const box = { left: whole.left, right: whole.right, top: whole.top + room, bottom: whole.bottom - room };
    const over = kept.some(other => box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom);
    text.style.visibility = over ? 'hidden' : 'visible';
    if (!over) kept.push(box);
  }
};
addEventListener('load', () => document.querySelectorAll('.js-plotly-plot').forEach(plot => {
  if (!plot.querySelector('.scatterlayer .textpoint text')) return;
  // sizes of letters are known when they are drawn
  for (const done of ['afterplot', 'restyle', 'relayout']) plot.on('plotly_' + done, () => requestAnimationFrame(() => declutter(plot)));
  requestAnimationFrame(() => declutter(plot));
}));
// a legend below its plot keeps its distance from the axis, however high the plot is
const LEGEND_PX = 66, LEAST_PX = 200;
const below = plot => {
  const legend = plot._fullLayout?.legend, inner = plot._fullLayout?._size?.h;
  if (!legend || legend.y >= 0 || legend.orientation !== 'h' || plot.closest('#s-map')) return;
  // a legend of many lines takes no room from the plot: the plot grows
  const grown = inner < LEAST_PX && !plot.grown ? plot.clientHeight + LEAST_PX - inner : 0;
  if (grown) {
    plot.grown = true;
    plot.style.height = plot.parentElement.style.height = `${grown}px`;
    Plotly.relayout(plot, { height: grown }).then(() => below(plot));
    return;
  }
  const y = -LEGEND_PX / inner;
  // the plot gives room to its legend, so that its height changes: until both are at rest
  if (Math.abs(y - legend.y) > 0.03 && (plot.tries = (plot.tries || 0) + 1) < 5) Plotly.relayout(plot, { 'legend.y': y }).then(() => below(plot));
};
addEventListener('load', () => document.querySelectorAll('.js-plotly-plot').forEach(below));
// paper is narrower than the screen: the plots are drawn again for it, and back
const plots = () => [...document.querySelectorAll('.js-plotly-plot')];
const PAPER_PX = 690;
addEventListener('beforeprint', () => plots().forEach(plot => Plotly.relayout(plot, { width: PAPER_PX, autosize: false })));
addEventListener('afterprint', () => plots().forEach(plot => Plotly.relayout(plot, { width: null, autosize: true })));
