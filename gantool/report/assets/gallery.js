// The pictures of a page: started when they come near, and the switches that all of them obey.

function startGallery() {
  const pairs = document.querySelector(".pairs");
  if (!pairs) return;
  const wanted = { zoom: "1" };
  const zoomOf = (one) => (wanted.zoom === "fit" ? one.fitting : Number(wanted.zoom));

  const resized = new ResizeObserver((entries) => {
    for (const entry of entries) comparisons.get(entry.target.closest(".compare"))?.ask();
  });
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries.filter((one) => one.isIntersecting)) {
      near.unobserve(entry.target);
      const one = started(entry.target);
      one.zoom = zoomOf(one);
      one.draw();
      resized.observe(one.stage);
    }
  }, { rootMargin: "800px 0px" });
  const roots = [...pairs.querySelectorAll(".compare")];
  for (const root of roots) {
    near.observe(root);
    root.classList.add("live");
    // What is not started yet has its height already, so that links into the page lead where they say.
    root.querySelector(".stage").style.height = `${heightAt(Number(root.dataset.height))}px`;
  }
  addEventListener("resize", () => comparisons.forEach((one) => one.ask()));

  const tools = document.querySelector(".toolbar.gallery");
  tools.hidden = false;
  tools.addEventListener("change", (event) => {
    const { name, value, checked } = event.target;
    if (name === "zoom") {
      wanted.zoom = value;
      comparisons.forEach((one) => one.zoomTo(zoomOf(one)));
    }
    if (name === "crisp") pairs.classList.toggle("crisp", checked);
    if (name === "order") order(pairs, value);
  });
  tools.querySelector("input[type=search]")?.addEventListener("input", (event) => find(event.target.value));
}

// "3+" is by the fourth figure, smallest first; an empty value is the order of the command.
function order(pairs, value) {
  const [, column, way] = value.match(/^(\d+)([+-])$/) ?? [];
  const key = (pair) => {
    if (column === undefined) return Number(pair.id.slice(1));
    const figure = JSON.parse(pair.dataset.figures)[column];
    return figure === null ? Infinity : Number(`${way}1`) * figure;
  };
  for (const list of [pairs, document.querySelector(".thumbs")]) {
    const pairOf = (item) => (list === pairs ? item : document.querySelector(item.querySelector("a").hash));
    const items = [...list.children].map((item) => [key(pairOf(item)), item]).sort((a, b) => a[0] - b[0]);
    list.append(...items.map(([, item]) => item));
  }
}

function find(words) {
  const asked = words.trim().toLowerCase();
  for (const thumb of document.querySelectorAll(".thumbs li")) {
    const pair = document.querySelector(thumb.querySelector("a").hash);
    thumb.hidden = pair.hidden = !pair.querySelector("h3").textContent.toLowerCase().includes(asked);
  }
}

document.addEventListener("DOMContentLoaded", startGallery);
