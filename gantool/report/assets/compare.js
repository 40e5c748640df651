"use strict";

// Before and after over one another: a divider, zoom and pan by mouse, touch and keys.

const NEAR = 22;        // pixels within which a press takes the divider
const TALLEST = 0.72;   // of the window's height, for a picture in the page
const MOST = 8;         // times

const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

// How tall the stage of a picture is that takes so many pixels.
const heightAt = (tall) => Math.max(120, Math.round(Math.min(tall, innerHeight * TALLEST)));

class Compare {
  constructor(root) {
    this.root = root;
    this.stage = root.querySelector(".stage");
    this.plane = root.querySelector(".plane");
    this.over = root.querySelector(".over");
    this.divider = root.querySelector(".divider");
    this.slider = root.querySelector("input[type=range]");
    this.output = root.querySelector(".zoom");
    this.width = Number(root.dataset.width);
    this.height = Number(root.dataset.height);
    this.share = 0.5;
    this.zoom = 1;
    this.centre = { x: this.width / 2, y: this.height / 2 };
    this.pointers = new Map();
    root.classList.add("started");
    this.listen();
  }

  get large() { return this.root.classList.contains("large"); }

  get fitting() {
    const tall = this.large ? this.stage.clientHeight : innerHeight * TALLEST;
    return Math.min(1, this.stage.clientWidth / this.width, tall / this.height);
  }

  // Where the picture lies in the stage: centred where there is room, else without a gap at an edge.
  place() {
    const wide = this.stage.clientWidth, tall = this.stage.clientHeight;
    const w = this.width * this.zoom, h = this.height * this.zoom;
    const at = (room, size, centre) => (size <= room ? (room - size) / 2 : clamp(room / 2 - centre * this.zoom, room - size, 0));
    this.left = at(wide, w, this.centre.x);
    this.top = at(tall, h, this.centre.y);
    this.centre = { x: (wide / 2 - this.left) / this.zoom, y: (tall / 2 - this.top) / this.zoom };
    this.from = Math.max(0, this.left);
    this.to = Math.min(wide, this.left + w);
    this.pannable = w > wide + 1 || h > tall + 1;
  }

  draw() {
    this.zoom = clamp(this.zoom, Math.min(this.fitting, 1), MOST);
    this.stage.style.height = this.large ? "" : `${heightAt(this.height * this.zoom)}px`;
    this.place();
    const at = this.from + this.share * (this.to - this.from);
    this.plane.style.width = `${this.width * this.zoom}px`;
    this.plane.style.height = `${this.height * this.zoom}px`;
    this.plane.style.transform = `translate(${this.left}px, ${this.top}px)`;
    this.over.style.clipPath = `inset(0 0 0 ${at - this.left}px)`;
    this.divider.style.transform = `translateX(${at}px)`;
    this.stage.classList.toggle("still", !this.pannable);
    this.tag(".left", "left", this.from, this.share < 0.12);
    this.tag(".right", "right", this.stage.clientWidth - this.to, this.share > 0.88);
    this.output.textContent = `${Math.round(this.zoom * 100)} %`;
    if (Number(this.slider.value) !== this.share * 100) this.slider.value = this.share * 100;
  }

  // A label stands in its corner of the picture, and goes where its side is nearly gone.
  tag(name, side, margin, isGone) {
    const tag = this.root.querySelector(name);
    tag.style[side] = `${margin + 8}px`;
    tag.style.visibility = isGone ? "hidden" : "";
  }

  ask() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => { this.asked = false; this.draw(); });
  }

  divide(share) { this.share = clamp(share, 0, 1); this.ask(); }

  divideAt(x) { this.divide((x - this.from) / Math.max(1, this.to - this.from)); }

  pan(x, y) {
    this.centre = { x: this.centre.x - x / this.zoom, y: this.centre.y - y / this.zoom };
    this.ask();
  }

  // Zoom so that what is at (x, y) of the stage stays there.
  zoomTo(zoom, x = this.stage.clientWidth / 2, y = this.stage.clientHeight / 2) {
    const next = clamp(zoom, Math.min(this.fitting, 1), MOST);
    const dx = x - this.stage.clientWidth / 2, dy = y - this.stage.clientHeight / 2;
    this.centre = {
      x: this.centre.x + dx / this.zoom - dx / next,
      y: this.centre.y + dy / this.zoom - dy / next,
    };
    this.zoom = next;
    this.ask();
  }

  step(by) {
    const steps = [this.fitting, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8].sort((a, b) => a - b);
    const next = by > 0 ? steps.find((one) => one > this.zoom * 1.01) : steps.findLast((one) => one < this.zoom * 0.99);
    if (next !== undefined) this.zoomTo(next);
  }

  enlarge(wanted) {
    if (wanted === this.large) return;
    this.root.classList.toggle("large", wanted);
    document.body.classList.toggle("covered", wanted);
    const button = this.root.querySelector("[data-action=large]");
    button.textContent = wanted ? "Close" : "Large";
    button.setAttribute("aria-label", wanted ? "Close the large view" : "Show large");
    this.draw();
    this.stage.focus({ preventScroll: wanted });
  }

  neighbour(by) {
    const pairs = [...document.querySelectorAll(".pair:not([hidden])")].filter((one) => one.querySelector(".compare"));
    const next = pairs[pairs.indexOf(this.root.closest(".pair")) + by];
    if (!next) return;
    this.enlarge(false);
    next.scrollIntoView({ block: "center", behavior: "instant" });
    started(next.querySelector(".compare")).enlarge(true);
  }

  swap() {
    const isTruth = this.root.classList.toggle("truth");
    const button = this.root.querySelector("[data-action=other]");
    button.setAttribute("aria-pressed", isTruth);
    const tag = this.root.querySelector(".left");
    tag.dataset.usual ??= tag.textContent;
    tag.textContent = isTruth ? button.textContent : tag.dataset.usual;
  }

  listen() {
    const actions = {
      in: () => this.step(1), out: () => this.step(-1), large: () => this.enlarge(!this.large),
      other: () => this.swap(), back: () => this.neighbour(-1), on: () => this.neighbour(1),
    };
    for (const button of this.root.querySelectorAll("button")) button.addEventListener("click", actions[button.dataset.action]);
    this.slider.addEventListener("input", () => this.divide(this.slider.value / 100));
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.stage.addEventListener("pointerdown", (event) => this.press(event));
    this.stage.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel"]) this.stage.addEventListener(end, (event) => this.release(event));
    this.stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.stage.addEventListener("dblclick", (event) => {
      const box = this.stage.getBoundingClientRect();
      this.zoomTo(this.zoom < 1.99 ? 2 : 1, event.clientX - box.left, event.clientY - box.top);
    });
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isStage = event.target === this.stage;
    const pace = event.shiftKey ? 200 : 40, part = event.shiftKey ? 0.1 : 0.02;
    const sideways = (by) => (this.pannable ? this.pan(-by * pace, 0) : this.divide(this.share + by * part));
    const does = {
      Escape: () => this.enlarge(false),
      PageDown: this.large && (() => this.neighbour(1)),
      PageUp: this.large && (() => this.neighbour(-1)),
      Tab: this.large && (() => this.turn(event.shiftKey)),
      ...(isStage && {
        ArrowLeft: () => sideways(-1), ArrowRight: () => sideways(1),
        ArrowUp: this.pannable && (() => this.pan(0, pace)), ArrowDown: this.pannable && (() => this.pan(0, -pace)),
        "+": () => this.step(1), "=": () => this.step(1), "-": () => this.step(-1), 0: () => this.zoomTo(1),
        ",": () => this.divide(this.share - part), ".": () => this.divide(this.share + part),
        "<": () => this.divide(this.share - 0.1), ">": () => this.divide(this.share + 0.1),
        Home: () => this.divide(0), End: () => this.divide(1), Enter: () => this.enlarge(!this.large),
      }),
    }[event.key];
    if (!does) return;
    if (event.key === "Escape" && !this.large) return;
    event.preventDefault();
    does();
  }

  // The large view covers the page: Tab stays in it.
  turn(back) {
    const stops = [this.stage, ...this.root.querySelectorAll("input, button")];
    const now = stops.indexOf(document.activeElement);
    stops[(now + (back ? -1 : 1) + stops.length) % stops.length].focus();
  }

  spot(event) {
    const box = this.stage.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  press(event) {
    if (event.button !== 0) return;
    const spot = this.spot(event);
    this.pointers.set(event.pointerId, spot);
    const at = this.from + this.share * (this.to - this.from);
    const reach = event.pointerType === "mouse" ? NEAR / 2 : NEAR * 1.3;
    this.divides = this.pointers.size === 1 && (!this.pannable || Math.abs(spot.x - at) < reach);
    this.travel = 0;
    this.stage.classList.add("held");
    if (this.divides && !this.pannable) this.divideAt(spot.x);
    try { this.stage.setPointerCapture(event.pointerId); } catch { /* gone already */ }
  }

  move(event) {
    const last = this.pointers.get(event.pointerId);
    if (!last) return;
    const spot = this.spot(event);
    this.travel += Math.abs(spot.x - last.x) + Math.abs(spot.y - last.y);
    if (this.pointers.size > 1) this.pinch(event.pointerId, last, spot);
    else if (this.divides) this.divideAt(spot.x);
    else this.pan(spot.x - last.x, spot.y - last.y);
    this.pointers.set(event.pointerId, spot);
  }

  pinch(id, last, spot) {
    const other = [...this.pointers].find(([one]) => one !== id)[1];
    const apart = (point) => Math.hypot(point.x - other.x, point.y - other.y) || 1;
    this.pan((spot.x - last.x) / 2, (spot.y - last.y) / 2);
    this.zoomTo(this.zoom * apart(spot) / apart(last), (spot.x + other.x) / 2, (spot.y + other.y) / 2);
  }

  release(event) {
    if (!this.pointers.delete(event.pointerId)) return;
    this.stage.classList.remove("held");
    if (event.type === "pointerup" && this.travel < 4 && !this.pointers.size) this.divideAt(this.spot(event).x);
    this.divides = false;
  }

  // A wheel scrolls the page, and zooms with Ctrl (as trackpads' pinches do) or in the large view.
  wheel(event) {
    if (!event.ctrlKey && !this.large) return;
    event.preventDefault();
    const spot = this.spot(event);
    this.zoomTo(this.zoom * Math.exp(-clamp(event.deltaY, -60, 60) / 240), spot.x, spot.y);
  }
}

const comparisons = new Map();

function started(root) {
  if (!comparisons.has(root)) comparisons.set(root, new Compare(root));
  return comparisons.get(root);
}
