// One chart: its figure element, its traces, and what is under the cursor.

const MARGIN = { right: 10, top: 8, bottom: 20 };
const DIGIT = 6.4; // pixels of a tick's character, about
const ENOUGH_TO_SMOOTH = 30;

class Chart {
  constructor(figure) {
    const data = JSON.parse(figure.querySelector("script").textContent);
    this.plot = figure.querySelector("svg");
    this.reading = figure.querySelector(".reading");
    this.traces = data.traces.filter((trace) => trace.values.some((value) => value !== null));
    for (const trace of this.traces) {
      trace.smooth = trace.values.length >= ENOUGH_TO_SMOOTH ? smoothed(trace.values) : null;
    }
    this.cursor = null;
  }

  xs(trace) {
    return this.view.axis === "time" && trace.seconds.length ? trace.seconds : trace.steps;
  }

  draw(view) {
    this.view = view;
    const width = this.plot.clientWidth, height = this.plot.clientHeight;
    this.plot.replaceChildren();
    if (!width || !this.traces.length) {
      this.reading.textContent = this.traces.length ? "" : "no values yet";
      return;
    }
    const [low, high, isLog] = this.yDomain();
    const ticks = yTicks(low, high, isLog);
    this.left = Math.ceil(Math.max(...ticks.map((tick) => tick.text.length)) * DIGIT) + 10;
    this.right = width - MARGIN.right;
    this.bottom = height - MARGIN.bottom;
    this.domain = this.xDomain();
    this.x = makeScale(...this.domain, this.left, this.right, false);
    this.y = makeScale(low, high, this.bottom, MARGIN.top, isLog);
    this.drawTicks(ticks);
    // A nested svg cuts off what lies outside the frame.
    const frame = this.add(this.plot, "svg", {
      x: this.left, y: 0, width: Math.max(1, this.right - this.left + 4), height: this.bottom + 2,
      viewBox: `${this.left} 0 ${Math.max(1, this.right - this.left + 4)} ${this.bottom + 2}`,
    });
    for (const trace of this.traces) this.drawTrace(frame, trace, isLog);
    this.drawMarks(frame);
    this.overlay = this.add(this.plot, "g", {});
    this.point(this.cursor);
  }

  xDomain() {
    const ends = this.traces.flatMap((trace) => [this.xs(trace)[0], this.xs(trace).at(-1)]);
    const low = Math.min(...ends), high = Math.max(...ends);
    return low === high ? [low - 1, high + 1] : [low, high];
  }

  yDomain() {
    const isSmooth = (trace) => this.view.smooth && trace.smooth;
    let seen = this.traces.flatMap((trace) => {
      if (!isSmooth(trace)) return trace.values.filter((value) => value !== null);
      const sorted = trace.values.filter((value) => value !== null).sort((a, b) => a - b);
      return [quantile(sorted, 0.02), quantile(sorted, 0.98), ...trace.smooth.filter((value) => value !== null)];
    });
    const positive = seen.filter((value) => value > 0).length;
    const isLog = this.view.log && positive > 0.95 * seen.length; // logits, say, stay linear
    if (isLog) seen = seen.filter((value) => value > 0);
    let low = Math.min(...seen), high = Math.max(...seen);
    if (high - low <= 1e-9 * Math.abs(high)) low = high; // a constant, but for rounding
    if (isLog) return low === high ? [low / 2, high * 2, true] : [low / (high / low) ** 0.05, high * (high / low) ** 0.05, true];
    if (low === high) { low -= Math.abs(low) * 0.1 || 1; high += Math.abs(high) * 0.1 || 1; }
    const pad = (high - low) * 0.06;
    return [low >= 0 && low < pad ? 0 : low - pad, high + pad, false];
  }

  drawTicks(ticks) {
    for (const tick of ticks) {
      const y = Math.round(this.y(tick.value)) + 0.5;
      this.add(this.plot, "line", { class: "grid", x1: this.left, x2: this.right, y1: y, y2: y });
      this.add(this.plot, "text", { x: this.left - 6, y: y + 3.5, "text-anchor": "end" }, tick.text);
    }
    const isTime = this.view.axis === "time" && this.traces.every((trace) => trace.seconds.length);
    const wanted = Math.max(2, Math.floor((this.right - this.left) / 75));
    for (const tick of (isTime ? timeTicks : linearTicks)(...this.domain, wanted)) {
      const x = this.x(tick);
      const anchor = x > this.right - 16 ? "end" : x < this.left + 16 ? "start" : "middle";
      this.add(this.plot, "text", { x, y: this.bottom + 15, "text-anchor": anchor }, isTime ? timeText(tick) : stepText(tick));
    }
  }

  drawMarks(frame) {
    const trace = this.traces[0];
    for (const mark of this.view.marks) {
      const index = trace.steps.findIndex((step) => step >= mark.step);
      if (index < 0) continue;
      const x = this.x(this.xs(trace)[index]);
      const line = this.add(frame, "line", { class: "mark", x1: x, x2: x, y1: 0, y2: this.bottom });
      this.add(line, "title", {}, `step ${numberText(mark.step)}, ${mark.text}`);
    }
  }

  drawTrace(frame, trace, isLog) {
    const group = this.add(frame, "g", { class: `c${trace.colour % 8}` });
    const xs = this.xs(trace).map(this.x);
    const keep = (value) => value !== null && value !== undefined && (!isLog || value > 0);
    if (trace.low.length && !isLog) this.add(group, "path", { class: "reach", d: this.band(trace, xs) });
    const smooth = this.view.smooth && trace.smooth;
    this.add(group, "path", { class: smooth ? "raw" : "line", d: this.path(xs, trace.values, keep) });
    if (smooth) this.add(group, "path", { class: "line", d: this.path(xs, trace.smooth, keep) });
    if (trace.values.length <= 12) {
      trace.values.forEach((value, index) => {
        if (keep(value)) this.add(group, "circle", { class: "dot", cx: xs[index], cy: this.y(value), r: 3 });
      });
    }
  }

  path(xs, values, keep) {
    let pen = "M";
    return values.map((value, index) => {
      if (!keep(value)) { pen = "M"; return ""; }
      const part = `${pen}${xs[index].toFixed(1)} ${this.y(value).toFixed(1)}`;
      pen = "L";
      return part;
    }).join("");
  }

  band(trace, xs) {
    const known = xs.map((_, index) => index).filter((index) => trace.low[index] !== null);
    const edge = (index, values) => `${xs[index].toFixed(1)} ${this.y(values[index]).toFixed(1)}`;
    const up = known.map((index) => edge(index, trace.high));
    const down = known.reverse().map((index) => edge(index, trace.low));
    return up.length ? `M${[...up, ...down].join("L")}Z` : "";
  }

  // Show the values at `x` (in the units of the axis), or the last ones for null.
  point(x) {
    this.cursor = x;
    if (!this.overlay) return;
    this.overlay.replaceChildren();
    const words = [];
    let step = null;
    for (const trace of this.traces) {
      const index = x === null ? this.lastKnown(trace) : this.nearest(trace, x);
      if (index < 0) continue;
      const value = trace.values[index];
      if (step === null) step = trace.steps[index];
      words.push([trace, value]);
      if (x !== null) this.mark(trace, index);
    }
    this.write(words, x === null ? null : step);
  }

  mark(trace, index) {
    const at = this.x(this.xs(trace)[index]);
    this.add(this.overlay, "line", { class: "cursor", x1: at, x2: at, y1: MARGIN.top, y2: this.bottom });
    const shown = this.view.smooth && trace.smooth ? trace.smooth[index] : trace.values[index];
    const y = shown === null ? NaN : this.y(shown);
    if (!Number.isFinite(y)) return;
    const inside = Math.max(MARGIN.top, Math.min(this.bottom, y));
    this.add(this.overlay, "circle", { class: `dot c${trace.colour % 8}`, cx: at, cy: inside, r: 4 });
  }

  write(words, step) {
    this.reading.replaceChildren();
    const isNamed = this.traces.length > 1;
    for (const [trace, value] of words) {
      const part = document.createElement("span");
      part.className = isNamed ? `c${trace.colour % 8}` : "";
      const figure = value === null ? "none" : numberText(value);
      part.textContent = (isNamed ? `${trace.name} ` : "") + figure;
      this.reading.append(part, "  ");
    }
    if (step !== null) this.reading.append(`at ${numberText(step)}`);
  }

  nearest(trace, x) {
    const xs = this.xs(trace);
    let low = 0, high = xs.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (xs[middle] < x) low = middle + 1; else high = middle;
    }
    return low > 0 && x - xs[low - 1] < xs[low] - x ? low - 1 : low;
  }

  lastKnown(trace) {
    return trace.values.findLastIndex((value) => value !== null);
  }

  valueAt(event) {
    const pixel = event.clientX - this.plot.getBoundingClientRect().left;
    const share = (pixel - this.left) / (this.right - this.left);
    return this.domain[0] + Math.max(0, Math.min(1, share)) * (this.domain[1] - this.domain[0]);
  }

  add(parent, name, attributes, text) {
    const made = document.createElementNS(this.plot.namespaceURI, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    parent.append(made);
    return made;
  }
}
