// Draws the value of view.py: which layers come from where, the grid of mixtures, a direction and two walks.

const find = (name) => element.querySelector(`.sf-${name}`);
const STRIPS = ["direction", "in_w", "in_z"];
const size = (layer) => 4 * 2 ** Math.ceil(layer / 2);
let value = {};
let edge = 0; // the border as it is shown: what was asked for, while the pictures are still behind
let moved = false; // by hand, and its control does not say so yet
let held = null; // the pointer that drags it
let resting = 0; // asks once it rests
const REST = 120; // milliseconds

function layers() {
  const coarse = Math.min(edge, value.layers), bar = find("layers");
  const all = Array.from({ length: value.layers }, (_, i) => {
    const one = make("span", i < coarse ? "row" : "column");
    one.append(make("b", "", `${size(i)}`));
    return one;
  });
  bar.replaceChildren(...all, make("i", "sf-border"));
  bar.style.setProperty("--at", coarse / value.layers);
  const facts = { ariaLabel: words.border, ariaValueMax: value.layers, ariaValueNow: coarse };
  Object.assign(bar, facts, { title: words.border, ariaValueText: say(words.layers, { coarse, fine: value.layers - coarse }) });
}

// The border was moved by hand: the marks follow at once, the pictures once it rests.
function move(place) {
  const to = Math.max(0, Math.min(value.layers, place));
  if (to === edge) return;
  edge = to;
  moved = true;
  layers();
  clearTimeout(resting);
  resting = setTimeout(trigger, REST, "border");
}

// An answer to an earlier place does not take the border back: it stands where its control does, once that is there.
function settle() {
  const control = document.querySelector("#stylegan_faces-cut input[type=number]");
  if (!control) return void requestAnimationFrame(() => (settle(), layers()));
  const place = Number(control.value);
  if (place === edge) moved = false;
  if (held === null && !moved) edge = place;
}

function drag() {
  const bar = find("layers");
  const at = (event) => {
    const first = bar.firstChild.getBoundingClientRect(), last = bar.querySelector("span:last-of-type").getBoundingClientRect();
    move(Math.round((value.layers * (event.clientX - first.left)) / (last.right - first.left)));
  };
  bar.onpointerdown = (event) => {
    if (event.button) return;
    held = event.pointerId;
    try {
      bar.setPointerCapture(held);
    } catch {} // a pointer made by a script cannot be captured
    at(event);
  };
  bar.onpointermove = (event) => event.pointerId === held && at(event);
  bar.onpointerup = bar.onpointercancel = () => (held = null);
  bar.onkeydown = (event) => {
    const to = { ArrowLeft: edge - 1, ArrowDown: edge - 1, ArrowRight: edge + 1, ArrowUp: edge + 1, Home: 0, End: value.layers }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    move(to);
  };
}

function grid() {
  const picture = element.querySelector(".sf-grid img");
  picture.src = value.png;
  picture.alt = say(words.grid, { rows: value.rows, columns: value.columns });
  find("fine").textContent = words.fine;
  find("coarse").textContent = words.coarse;
  find("coarse").classList.toggle("upright", /[\u3400-\u9fff]/.test(words.coarse)); // Chinese stands on its feet
  const box = find("lines");
  box.style.setProperty("--rows", value.rows + 1);
  box.style.setProperty("--columns", value.columns + 1);
}

function strips() {
  const rows = value.strips.map((sprite, i) => {
    const row = make("figure", "sf-strip"), name = STRIPS[i], picture = make("img");
    const facts = { direction: words[`direction_${value.direction}`] ?? value.direction, share: Math.round(100 * value.share), reach: value.reach };
    const caption = make("figcaption");
    caption.append(make("b", "", say(words[name], facts)), ` ${say(words[`${name}_note`], facts)}`);
    Object.assign(picture, { src: sprite, alt: say(words[`${name}_alt`], facts) });
    row.append(caption, picture);
    return row;
  });
  find("strips").replaceChildren(...rows);
}

function grown() {
  find("grown").hidden = !value.grown;
  Object.assign(find("grown").querySelector("img"), { src: value.grown, alt: words.grown_alt });
  find("grown").querySelector("b").textContent = words.grown;
  find("grown").querySelector("span").textContent = words.grown_note;
}

function own(now) {
  find("own").hidden = !now.sought;
  if (!now.sought) return;
  const [mine, nearest] = element.querySelectorAll(".sf-own figcaption");
  Object.assign(find("sought"), { src: now.sought, alt: words.sought });
  Object.assign(find("nearest"), { src: now.found, alt: words.nearest });
  mine.textContent = words.sought;
  nearest.textContent = words.nearest;
  const looking = now.looking !== undefined;
  find("off").textContent = looking ? say(words.looking, { share: Math.round((100 * now.looking) / now.of) }) : say(words.off, { error: now.error.toFixed(2) });
}

// The grid with its recipe, then what stands below it.
find("all").onclick = () => {
  const below = [...value.strips.map((url, i) => [STRIPS[i], url]), ...(value.grown ? [["sizes", value.grown]] : [])];
  const files = [["grid", value.png], ...below].map(([name, url]) => ({ name: `${name}.png`, bytes: bytes_of(url) }));
  save_all(`${value.model}-faces`, files);
};

function draw() {
  const now = received() || {};
  write(find("message"), now.message || "");
  write(find("badge"), now.recorded ? words.recorded : "");
  if (now.sought || now.png) own(now);
  if (!now.png) return; // only a sentence: what is on screen stays
  value = now;
  settle();
  find("wait").hidden = true;
  find("found").hidden = false;
  layers();
  grid();
  strips();
  grown();
  Object.assign(find("png"), { href: value.png, download: `${value.model}.png` });
}

find("wait").textContent = words.waiting;
find("png").textContent = words.save;
find("all").textContent = words.save_all;
drag();
watch("value", draw);
draw();
