// the map: layers, a day that is played, and a card for the place that is chosen
const mapData = document.getElementById('map-data');
if (mapData) {
  const told = JSON.parse(mapData.textContent), plot = mapData.closest('figure').querySelector('.js-plotly-plot, .plotly-graph-div');
  const get = id => document.getElementById(id);
  // titles of scales in lines that a narrow screen holds
  const titled = text => {
    const lines = /[\u2e80-\uffff]/.test(text) ? /.{1,14}/g : /.{1,28}( |$)|.{1,28}/g;
    return (plot.clientWidth > 600 ? [text] : text.match(lines) || []).map(escaped).join('<br>');
  };
  const layers = get('map-layer'), places = get('map-place'), card = get('map-card');
  const time = get('map-time'), play = get('map-play'), said = get('map-said');
  const trace = of => plot.data.findIndex(part => part.meta === of);
  const coloured = ['stations', 'homes', 'towns'];
  let shown = '', timer = 0;
  const colour = layer => {
    for (const of of coloured) {
      const at = trace(of);
      if (at < 0) continue;
      const mine = layer.of === of;
      const marker = mine
        ? { 'marker.color': [layer.values], 'marker.colorscale': [layer.scale || told.scale], 'marker.reversescale': layer.reversed, 'marker.cmin': layer.low, 'marker.cmax': layer.high,
            'marker.showscale': true, 'marker.colorbar': { ...told.bar, title: { text: titled(layer.title), side: 'top' } } }
        : { 'marker.color': told.neutral, 'marker.showscale': false };
      if (of === 'homes') marker.visible = mine;
      // stations step back where the map speaks of villages or towns
      if (of === 'stations') marker['marker.opacity'] = mine ? 1 : 0.25;
      Plotly.restyle(plot, marker, [at]);
    }
    const lng = trace('lng');
    if (lng >= 0 && told.day && told.day.tanks.length)
      Plotly.restyle(plot, { mode: 'markers', text: [told.lng.map(escaped)] }, [lng]);
    shown = layer.key;
  };
  const escaped = text => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const step = () => {
    const at = Number(time.value), day = told.day;
    if (shown !== 'day') colour({ key: 'day', of: 'stations', values: [], title: layers.selectedOptions[0].text, low: 0, high: 100, reversed: false });
    const values = day.guns[at].map((used, number) => 100 * used / told.guns[number]);
    Plotly.restyle(plot, { 'marker.color': [values] }, [trace('stations')]);
    const lng = trace('lng');
    if (lng >= 0 && day.tanks.length)
      Plotly.restyle(plot, { mode: 'markers+text', textposition: 'bottom right', text: [day.tanks[at].map(level => level + ' m³')] }, [lng]);
    time.setAttribute('aria-valuetext', day.times[at]);
    said.textContent = day.times[at] + ' · ' + day.said[at];
  };
  const stop = () => { clearInterval(timer); timer = 0; if (play) play.setAttribute('aria-pressed', 'false'); };
  const choose = () => {
    stop();
    const layer = told.layers.find(one => one.key === layers.value);
    if (layer) { colour(layer); if (said) said.textContent = ''; } else step();
  };
  layers.addEventListener('change', choose);
  if (time) {
    time.addEventListener('input', () => { layers.value = 'day'; step(); });
    play.addEventListener('click', () => {
      if (timer) return stop();
      layers.value = 'day';
      play.setAttribute('aria-pressed', 'true');
      timer = setInterval(() => { time.value = (Number(time.value) + 1) % told.day.times.length; step(); }, 250);
      step();
    });
  }
  const show = (of, number) => {
    const chosen = told.cards[of] && told.cards[of][number];
    card.hidden = !chosen;
    card.replaceChildren();
    if (!chosen) return;
    const head = document.createElement('h3'), list = document.createElement('dl');
    head.textContent = chosen.title;
    for (const [name, value] of chosen.lines) {
      const left = document.createElement('dt'), right = document.createElement('dd');
      left.textContent = name;
      right.textContent = value;
      list.append(left, right);
    }
    card.append(head, list);
  };
  places.addEventListener('change', () => { const [of, number] = places.value.split(':'); show(of, Number(number)); });
  plot.on('plotly_click', event => {
    const point = event.points.find(one => told.cards[one.data.meta]);
    if (!point) return;
    places.value = point.data.meta + ':' + point.pointNumber;
    show(point.data.meta, point.pointNumber);
  });
  // a narrow screen has room for the towns' names alone, and for small symbols
  const narrow = () => {
    if (plot.clientWidth > 600) return;
    plot.data.forEach((part, at) => {
      if (part.mode === 'text') Plotly.restyle(plot, part.meta === 'minor' ? { visible: false } : { 'textfont.size': 9 }, [at]);
      else if (Array.isArray(part.marker?.size)) Plotly.restyle(plot, { 'marker.size': [part.marker.size.map(size => 0.55 * size)] }, [at]);
    });
    // plotly's frame around the plot keeps the height of a wide screen
    plot.style.height = plot.parentElement.style.height = '480px';
    Plotly.relayout(plot, { height: 480 });
  };
  narrow();
  // the figure as it was drawn shows stations
  if (told.layers[0].of !== 'stations') choose();
}
