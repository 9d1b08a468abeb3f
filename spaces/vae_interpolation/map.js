// The map of the two latents. props.value (made by plane.view):
//   {model, title, reach, side, sprite, classes, sure, ends: [[x, y]], way: [[x, y]]}
// Events: route {points}, use {latents, which}.

const land = at("land"), ground = land.getContext("2d"), marks = at("marks").getContext("2d");
const SIZE = land.width; // pixels of the canvas, whatever its size on the screen
const COLOURS = ["#4e79a7", "#f28e2b", "#e15759", "#76b7b2", "#59a14f", "#edc948", "#b07aa1", "#ff9da7", "#9c755f", "#8c8c9c"];
const SHOWN = 21; // digits a side that are drawn on the map; the sprite has more
let value = {}, sprite = null, classes = null, sure = null;
let here = null, pinned = null, path = null, reel = [];

const toZ = (x, y) => [(2 * x / SIZE - 1) * value.reach, (1 - 2 * y / SIZE) * value.reach];
const within = (x) => Math.min(value.reach, Math.max(-value.reach, x)); // what lies outside is marked at the edge
const toMap = ([x, y]) => [(SIZE / 2) * (1 + within(x) / value.reach), (SIZE / 2) * (1 - within(y) / value.reach)];
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

// The digit of the sprite nearest to a point: [column, row].
function cell([x, y]) {
  const place = (v) => Math.min(value.side - 1, Math.max(0, Math.round(((v / value.reach + 1) / 2) * (value.side - 1))));
  return [place(x), place(-y)];
}

function paint() {
  ground.fillStyle = "#fff";
  ground.fillRect(0, 0, SIZE, SIZE);
  const step = SIZE / (value.side - 1), every = SIZE / SHOWN;
  for (let row = 0; row < value.side; row++)
    for (let column = 0; column < value.side; column++) {
      const i = row * value.side + column;
      ground.globalAlpha = 0.12 + 0.55 * Math.max(0, (sure[i] / 255 - 0.3) / 0.7);
      ground.fillStyle = COLOURS[classes[i]];
      // A cell reaches half a step to each side of its point; +1: no seams between them.
      ground.fillRect(Math.round((column - 0.5) * step), Math.round((row - 0.5) * step), Math.ceil(step), Math.ceil(step));
    }
  ground.globalAlpha = 1;
  ground.globalCompositeOperation = "multiply"; // white paper lets the colour through, ink stays ink
  ground.imageSmoothingQuality = "high";
  for (let row = 0; row < SHOWN; row++)
    for (let column = 0; column < SHOWN; column++) {
      const [a, b] = cell(toZ((column + 0.5) * every, (row + 0.5) * every));
      ground.drawImage(sprite, 28 * a, 28 * b, 28, 28, column * every, row * every, every, every);
    }
  ground.globalCompositeOperation = "source-over";
}

function ring(point, colour, radius, text) {
  const [x, y] = toMap(point);
  marks.beginPath();
  marks.arc(x, y, radius, 0, 7);
  marks.fillStyle = text ? colour : "transparent";
  marks.fill();
  marks.lineWidth = 5;
  marks.strokeStyle = "#fff";
  marks.stroke();
  marks.lineWidth = 2.5;
  marks.strokeStyle = colour;
  marks.stroke();
  if (!text) return;
  marks.fillStyle = "#fff";
  marks.font = "600 20px system-ui, sans-serif";
  marks.textAlign = "center";
  marks.textBaseline = "middle";
  marks.fillText(text, x, y + 1);
}

function trail(points, colour, dash = []) {
  if (points.length < 2) return;
  marks.beginPath();
  points.forEach((point, i) => marks[i ? "lineTo" : "moveTo"](...toMap(point)));
  marks.lineCap = marks.lineJoin = "round";
  for (const [width, style, dashes] of [[7, "#fff", []], [3.5, colour, dash]]) {
    marks.setLineDash(dashes);
    marks.lineWidth = width;
    marks.strokeStyle = style;
    marks.stroke();
  }
  marks.setLineDash([]);
}

function mark() {
  marks.clearRect(0, 0, SIZE, SIZE);
  if (!path) {
    trail(value.way ?? [], "#12181d", [8, 8]);
    (value.ends ?? []).forEach((end, i) => ring(end, "#12181d", 15, words[i ? "mark_end" : "mark_start"]));
  } else trail(path, "#0f5a56");
  if (pinned) ring(pinned, "#d6336c", 12);
  if (here && here !== pinned) ring(here, "#0f5a56", 12);
}

// Shows what lies at a point, from the sprite.
function tell(point) {
  const [a, b] = cell(point), i = b * value.side + a;
  const big = at("digit");
  big.style.backgroundImage = `url("${value.sprite}")`;
  big.style.backgroundSize = `${100 * value.side}% ${100 * value.side}%`;
  big.style.backgroundPosition = `${(100 * a) / (value.side - 1)}% ${(100 * b) / (value.side - 1)}%`;
  const read = say(words.reads, {digit: classes[i], share: Math.round((100 * sure[i]) / 255)});
  big.setAttribute("aria-label", read);
  at("z1").textContent = point[0].toFixed(2);
  at("z2").textContent = point[1].toFixed(2);
  at("reads").textContent = read;
}

const exact = newest(async (point) => {
  const answer = await ask("vae_decode", [value.model, point]);
  if (pinned !== point) return;
  write(at("said"), answer.error ?? "");
  if (answer.sprite) show(at("digit"), answer.sprite, 0, 1);
});

function pin(point) {
  pinned = here = point.map((x) => Number(x.toFixed(3)));
  path = null;
  at("uses").hidden = false;
  at("reel").replaceChildren(make("span", "vv-quiet", words.drag));
  tell(pinned);
  mark();
  exact(pinned);
}

function place(event) {
  const box = land.getBoundingClientRect();
  const clamp = (x) => Math.min(SIZE, Math.max(0, x));
  return toZ(clamp(((event.clientX - box.left) * SIZE) / box.width), clamp(((event.clientY - box.top) * SIZE) / box.height));
}

// ---- hands ---------------------------------------------------------------------------------------------------------

let down = null; // {id, x, y} where the pointer went down
land.addEventListener("pointerdown", (event) => {
  if (!sprite || down || (event.pointerType === "mouse" && event.button !== 0)) return;
  event.preventDefault();
  land.focus({preventScroll: true, focusVisible: false});
  try {
    land.setPointerCapture(event.pointerId);
  } catch {} // a pointer made by a script cannot be captured
  down = {id: event.pointerId, x: event.clientX, y: event.clientY, points: [place(event)]};
});
land.addEventListener("pointermove", (event) => {
  if (!sprite) return;
  here = place(event);
  if (down && event.pointerId === down.id) {
    if (path || Math.hypot(event.clientX - down.x, event.clientY - down.y) > 8) {
      path = down.points;
      path.push(here);
      roll();
    }
  }
  tell(here);
  mark();
});
land.addEventListener("pointerup", (event) => {
  if (event.pointerId !== down?.id) return;
  const drawn = path && down.points.length > 1;
  down = null;
  if (drawn) trigger("route", {points: thinned(path)});
  else pin(place(event));
});
land.addEventListener("pointercancel", () => { down = null; });
land.addEventListener("pointerleave", () => {
  if (down) return;
  here = null;
  if (pinned) {
    tell(pinned);
    exact(pinned);
  }
  mark();
});
land.addEventListener("keydown", (event) => {
  const arrow = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1]}[event.key];
  if (!sprite || (!arrow && event.key !== "Enter" && event.key !== " ")) return;
  event.preventDefault();
  here ??= pinned ?? [0, 0];
  if (!arrow) return pin(here);
  const step = (2 * value.reach) / (value.side - 1);
  here = here.map((x, i) => Math.min(value.reach, Math.max(-value.reach, x + step * arrow[i])));
  tell(here);
  mark();
});

// A hand gives hundreds of points; the server takes MOST_POINTS of them.
function thinned(points) {
  const most = constants.most_points;
  if (points.length <= most) return points;
  return Array.from({length: most}, (_, i) => points[Math.round((i * (points.length - 1)) / (most - 1))]);
}

// The digits along the path so far, from the sprite.
function roll() {
  const steps = thinned(path).map(cell);
  const shown = steps.filter((one, i) => !i || one[0] !== steps[i - 1][0] || one[1] !== steps[i - 1][1]);
  at("reel").replaceChildren(...shown.slice(-40).map(([a, b]) => {
    const one = picture("", 0, 1, "");
    one.setAttribute("aria-hidden", "true");
    one.style.backgroundImage = `url("${value.sprite}")`;
    one.style.backgroundSize = `${100 * value.side}% ${100 * value.side}%`;
    one.style.backgroundPosition = `${(100 * a) / (value.side - 1)}% ${(100 * b) / (value.side - 1)}%`;
    return one;
  }));
}

function draw() {
  const before = value.sprite;
  value = props.value ?? {};
  write(at("wait"), value.sprite ? "" : value.message || words.waiting);
  at("mapped").hidden = !value.sprite;
  if (!value.sprite) return;
  write(at("title"), say(words.line, {title: value.title, n: value.side ** 2}));
  classes = bytes(value.classes);
  sure = bytes(value.sure);
  if (!down) path = null; // the one that is being drawn goes on
  if (value.sprite === before) return mark();
  const found = new Image();
  found.onload = () => {
    sprite = found;
    paint();
    mark();
    tell(value.ends?.[0] ?? [0, 0]);
  };
  found.src = value.sprite;
}

land.setAttribute("aria-label", words.label);
at("z1-name").textContent = "z₁";
at("z2-name").textContent = "z₂";
at("reel").replaceChildren(make("span", "vv-quiet", words.drag));
at("legend").replaceChildren(...COLOURS.map((colour, digit) => {
  const one = make("span");
  one.append(make("i"), String(digit));
  one.firstChild.style.background = colour;
  return one;
}));
for (const which of ["start", "end"]) {
  at("use-" + which).textContent = words["use_" + which];
  at("use-" + which).onclick = () => pinned && trigger("use", {latents: pinned, which, model: value.model});
}
watch("value", draw);
draw();
