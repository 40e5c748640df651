"use strict";

// Numbers to pixels, to ticks and to words.

function makeScale(low, high, from, to, isLog) {
  const at = isLog ? Math.log10 : (value) => value;
  const start = at(low), span = at(high) - start || 1;
  return (value) => from + ((at(value) - start) / span) * (to - from);
}

function linearTicks(low, high, wanted) {
  const raw = (high - low) / wanted;
  if (!(raw > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((one) => one * power >= raw * 0.999) * power;
  const ticks = [];
  const first = Math.ceil(low / step - 1e-9);
  for (let index = first; index * step <= high + step * 1e-9 && index < first + 20; index += 1) ticks.push(index * step);
  return ticks;
}

function logTicks(low, high) {
  const found = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) {
    for (const one of [1, 2, 5]) found.push(one * 10 ** power);
  }
  const inside = found.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
  const decades = inside.filter((tick) => Math.abs(Math.log10(tick) % 1) < 1e-6);
  if (decades.length >= 3) return decades.filter((_, index) => index % Math.ceil(decades.length / 5) === 0);
  return inside.length >= 3 ? inside : linearTicks(low, high, 5);
}

function numberText(value) {
  const size = Math.abs(value);
  if (value === 0) return "0";
  if (size >= 1e6 || size < 1e-4) return value.toExponential(2).replace(/\.?0+e/, "e").replace("e+", "e");
  if (Number.isInteger(value)) return value.toLocaleString("en");
  return String(Number(value.toPrecision(size >= 1000 ? 6 : 4)));
}

function tickText(value, step) {
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e6 || size < 1e-4)) return numberText(Number(value.toPrecision(3)));
  const digits = Math.max(0, Math.min(6, -Math.floor(Math.log10(step || 1) + 1e-9)));
  return Number(value.toFixed(digits)).toLocaleString("en", { maximumFractionDigits: 6 });
}

function yTicks(low, high, isLog) {
  const values = isLog ? logTicks(low, high) : linearTicks(low, high, 5);
  const step = values.length > 1 ? values[1] - values[0] : 1;
  const text = (value) => (isLog ? numberText(Number(value.toPrecision(3))) : tickText(value, step));
  return values.map((value) => ({ value, text: text(value) }));
}

function stepText(step) {
  if (Math.abs(step) >= 1e6) return `${Number((step / 1e6).toPrecision(4))}M`;
  if (Math.abs(step) >= 1e4) return `${Number((step / 1e3).toPrecision(4))}k`;
  return Number(step.toPrecision(6)).toLocaleString("en");
}

function timeText(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Number((seconds / 60).toFixed(1))} min`;
  return `${Number((seconds / 3600).toFixed(2))} h`;
}

function timeTicks(low, high, wanted) {
  const unit = high < 90 ? 1 : high < 5400 ? 60 : 3600;
  return linearTicks(low / unit, high / unit, wanted).map((tick) => tick * unit);
}

// The mean around each point, over a share of the curve: no lag, and gaps stay gaps.
function smoothed(values) {
  const reach = Math.max(1, Math.round(values.length / 60));
  const pass = (series) => series.map((value, index) => {
    if (value === null) return null;
    const near = series.slice(Math.max(0, index - reach), index + reach + 1).filter((one) => one !== null);
    return near.reduce((sum, one) => sum + one, 0) / near.length;
  });
  return pass(pass(values));
}

function quantile(sorted, share) {
  return sorted[Math.round(share * (sorted.length - 1))];
}
