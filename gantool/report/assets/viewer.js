// Samples over time: a slider, its two neighbours, and an order to play them in.

const PACE = 500; // milliseconds for each frame

function startViewer(root) {
  const frames = JSON.parse(root.querySelector("script").textContent);
  const image = root.querySelector("img"), slider = root.querySelector("input[type=range]");
  if (!slider) return;
  const output = root.querySelector(".step");
  const button = (action) => root.querySelector(`[data-action=${action}]`);
  frames[frames.length - 1].uri = image.src;
  let timer = null;

  function show(index) {
    const frame = frames[index];
    slider.value = index;
    image.src = frame.uri;
    image.alt = `Samples at step ${frame.step}`;
    output.textContent = `step ${frame.step.toLocaleString("en")}${frame.note ? ` (${frame.note})` : ""}`;
    slider.setAttribute("aria-valuetext", output.textContent);
  }

  function move(by) {
    show((Number(slider.value) + by + frames.length) % frames.length);
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    button("play").textContent = "Play";
  }

  function press(action, does) {
    button(action).addEventListener("click", does);
  }

  slider.addEventListener("input", () => { stop(); show(Number(slider.value)); });
  press("back", () => { stop(); move(-1); });
  press("on", () => { stop(); move(1); });
  press("play", () => {
    if (timer !== null) { stop(); return; }
    button("play").textContent = "Pause";
    timer = setInterval(() => move(1), PACE);
  });
  press("whole", () => {
    const isWhole = root.classList.toggle("whole");
    button("whole").setAttribute("aria-pressed", isWhole);
  });
  show(frames.length - 1);
}

document.addEventListener("DOMContentLoaded", () => document.querySelectorAll(".viewer").forEach(startViewer));
