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
    const small = Object.keys(plot._fullLayout).filter(key => /^[xy]axis\d*$/.test(key) && /category$/.test(plot._fullLayout[key].type));
    if (small.length) Plotly.relayout(plot, Object.fromEntries(small.map(axis => [axis + '.tickfont.size', 9])));
    const lines = plot.data.flatMap((part, at) => part.marker?.symbol === 'line-ew-open' ? [at] : []);
    if (lines.length) Plotly.restyle(plot, { 'marker.size': 12 }, lines);
  }));
// paper is narrower than the screen: the plots are drawn again for it, and back
const plots = () => [...document.querySelectorAll('.js-plotly-plot')];
const PAPER_PX = 690;
addEventListener('beforeprint', () => plots().forEach(plot => Plotly.relayout(plot, { width: PAPER_PX, autosize: false })));
addEventListener('afterprint', () => plots().forEach(plot => Plotly.relayout(plot, { width: null, autosize: true })));
