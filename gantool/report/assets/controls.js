// The switches above the charts, and one cursor for all of them.

function startCharts() {
  const charts = [...document.querySelectorAll("figure.chart")].map((figure) => new Chart(figure));
  if (!charts.length) return;
  const inputs = [...document.querySelectorAll(".toolbar input")];
  const marks = JSON.parse(document.querySelector(".toolbar script").textContent);
  const isOn = (name) => inputs.some((input) => input.name === name && input.checked);
  const view = () => ({
    axis: inputs.find((input) => input.name === "axis" && input.checked)?.value ?? "steps",
    log: isOn("log"),
    smooth: isOn("smooth"),
    marks,
  });
  const redraw = () => charts.forEach((chart) => chart.draw(view()));
  const pointAll = (x) => charts.forEach((chart) => chart.point(x));
  for (const input of inputs) {
    input.addEventListener("change", () => { pointAll(null); redraw(); });
  }
  for (const chart of charts) followPointer(chart, pointAll);
  redraw();
  let width = document.body.clientWidth;
  new ResizeObserver(() => {
    if (document.body.clientWidth === width) return;
    width = document.body.clientWidth;
    requestAnimationFrame(redraw);
  }).observe(document.body);
}

function followPointer(chart, pointAll) {
  const plot = chart.plot;
  let waiting = false;
  plot.addEventListener("pointermove", (event) => {
    if (waiting || !chart.overlay) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; pointAll(chart.valueAt(event)); });
  });
  plot.addEventListener("pointerdown", (event) => chart.overlay && pointAll(chart.valueAt(event)));
  plot.addEventListener("pointerleave", () => requestAnimationFrame(() => pointAll(null)));
  // Screen readers hear the values of the chart that the keys are in, and of no other.
  plot.addEventListener("focus", () => chart.reading.setAttribute("aria-live", "polite"));
  plot.addEventListener("blur", () => { chart.reading.setAttribute("aria-live", "off"); pointAll(null); });
  plot.addEventListener("keydown", (event) => {
    const longest = chart.traces.reduce((a, b) => (b.values.length > a.values.length ? b : a), chart.traces[0]);
    if (!longest || !chart.overlay) return;
    const xs = chart.xs(longest), end = xs.length - 1;
    const now = chart.cursor === null ? end : chart.nearest(longest, chart.cursor);
    const pace = event.shiftKey ? Math.max(1, Math.round(xs.length / 20)) : 1;
    const next = { ArrowLeft: now - pace, ArrowRight: now + pace, Home: 0, End: end }[event.key];
    if (event.key === "Escape") pointAll(null);
    if (next === undefined) return;
    event.preventDefault();
    pointAll(xs[Math.max(0, Math.min(end, next))]);
  });
}

document.addEventListener("DOMContentLoaded", startCharts);
