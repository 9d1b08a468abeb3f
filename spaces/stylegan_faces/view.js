// Draws the value of view.py: which layers come from where, the grid of mixtures, a direction and two walks.

const find = (name) => element.querySelector(`.sf-${name}`);
const STRIPS = ["direction", "in_w", "in_z"];
const size = (layer) => 4 * 2 ** Math.ceil(layer / 2);
let value = {};

function layers() {
  const coarse = Math.min(value.cut, value.layers);
  const all = Array.from({ length: value.layers }, (_, i) => {
    const one = make("span", i < coarse ? "row" : "column");
    one.append(make("b", "", `${size(i)}`));
    return one;
  });
  find("layers").replaceChildren(...all);
  find("layers").setAttribute("aria-label", say(words.layers, { coarse, fine: value.layers - coarse }));
}

function grid() {
  const picture = element.querySelector(".sf-grid img");
  picture.src = value.png;
  picture.alt = say(words.grid, { rows: value.rows, columns: value.columns });
  find("fine").textContent = words.fine;
  find("coarse").textContent = words.coarse;
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

function draw() {
  const now = received() || {};
  write(find("message"), now.message || "");
  write(find("badge"), now.recorded ? words.recorded : "");
  if (now.sought || now.png) own(now);
  if (!now.png) return; // only a sentence: what is on screen stays
  value = now;
  find("wait").hidden = true;
  find("found").hidden = false;
  layers();
  grid();
  strips();
  Object.assign(find("png"), { href: value.png, download: `${value.model}.png` });
}

find("wait").textContent = words.waiting;
find("png").textContent = words.save;
watch("value", draw);
draw();
