// The flow of two dimensions: a grid and a cloud, bent coupling by coupling as the slider is dragged. A point that is
// held or tapped shows the whole of its way.

const find = (name) => element.querySelector(`.nf-${name}`);
const sheet = find("plane").querySelector("canvas"), ink = sheet.getContext("2d");
const slider = element.querySelector("input"), SIDE = sheet.width;
const still = matchMedia("(prefers-reduced-motion: reduce)");
let layers = null, reaches = [], lines = 0, held = null, playing = 0;

const colour = (name) => getComputedStyle(element).getPropertyValue(name);

// Point i at a moment between two layers, where `scale` is that of the sheet: it follows the cloud, which some layers
// stretch beyond it.
const between = (all, moment, read) => {
  const before = Math.min(all.length - 2, Math.floor(moment)), share = moment - before;
  return (1 - share) * read(all[before]) + share * read(all[before + 1]);
};
function at(i, moment, scale = moment) {
  const reach = between(reaches, scale, (one) => one);
  const [x, y] = [0, 1].map((j) => between(layers, moment, (layer) => layer[2 * i + j]));
  return [(SIDE * (1 + x / reach)) / 2, (SIDE * (1 - y / reach)) / 2];
}

function path(points) {
  ink.beginPath();
  points.forEach(([x, y], i) => (i ? ink.lineTo(x, y) : ink.moveTo(x, y)));
  ink.stroke();
}

function draw() {
  const moment = Number(slider.value), n = layers[0].length / 2;
  ink.clearRect(0, 0, SIDE, SIDE);
  ink.strokeStyle = colour("--body-text-color-subdued");
  ink.globalAlpha = 0.45;
  ink.lineWidth = 1.5;
  const every = Array.from({ length: lines }, (_, i) => i);
  for (const i of every) {
    path(every.map((j) => at(i * lines + j, moment)));
    path(every.map((j) => at(j * lines + i, moment)));
  }
  ink.globalAlpha = 0.9;
  ink.fillStyle = colour("--color-accent");
  for (let i = lines * lines; i < n; i++) {
    ink.beginPath();
    ink.arc(...at(i, moment), 4.5, 0, 7);
    ink.fill();
  }
  if (held !== null) {
    ink.strokeStyle = ink.fillStyle = "#d97706";
    ink.lineWidth = 3;
    path(layers.map((_, layer) => at(held, layer, moment)));
    ink.beginPath();
    ink.arc(...at(held, moment), 9, 0, 7);
    ink.fill();
  }
  ink.globalAlpha = 1;
  const layer = Math.round(moment), last = layers.length - 1;
  const said = layer === 0 ? words.start : layer === last ? words.end : say(words.middle, { i: layer, n: last });
  element.querySelector("label span").textContent = said;
  sheet.setAttribute("aria-label", say(words.label, { said }));
}

function hold(event) {
  const box = sheet.getBoundingClientRect(), moment = Number(slider.value);
  const x = ((event.clientX - box.left) * SIDE) / box.width, y = ((event.clientY - box.top) * SIDE) / box.height;
  const far = (i) => Math.hypot(at(i, moment)[0] - x, at(i, moment)[1] - y);
  held = Array.from({ length: layers[0].length / 2 }, (_, i) => i).reduce((best, i) => (far(i) < far(best) ? i : best), 0);
  draw();
}

function play() {
  const last = layers.length - 1, begun = performance.now();
  cancelAnimationFrame(playing);
  const step = (now) => {
    slider.value = still.matches ? last : Math.min(last, ((now - begun) / 4000) * last);
    draw();
    if (Number(slider.value) < last) playing = requestAnimationFrame(step);
  };
  playing = requestAnimationFrame(step);
}

async function begin() {
  let found = null;
  try {
    found = await server.flow_plane(null);
  } catch {
    // said below
  }
  if (!found?.layers) return void write(find("wait"), words.failed);
  ({ layers, lines } = found);
  reaches = layers.map((layer) => 1.12 * Math.max(...layer.slice(2 * lines * lines).map(Math.abs)));
  slider.max = layers.length - 1;
  find("wait").hidden = true;
  find("plane").hidden = false;
  draw();
}

slider.addEventListener("input", () => { cancelAnimationFrame(playing); draw(); });
sheet.addEventListener("pointermove", hold);
sheet.addEventListener("pointerdown", hold);
sheet.addEventListener("pointerleave", () => { held = null; draw(); });
sheet.addEventListener("keydown", (event) => {
  const by = { ArrowRight: 0.25, ArrowLeft: -0.25 }[event.key];
  if (!by) return;
  event.preventDefault();
  slider.value = Number(slider.value) + by;
  draw();
});
find("play").onclick = play;
find("play").textContent = words.play;
find("said").textContent = words.hint;
find("wait").textContent = words.waiting;
begin();
