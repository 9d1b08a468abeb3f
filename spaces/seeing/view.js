// Draws the value of view.py: the picture, a bar for each label, and which patches the chosen label looks at.

const find = (name) => element.querySelector(`.se-${name}`);
const percent = (chance) => (chance > 0.995 ? "> 99 %" : chance < 0.005 ? "< 1 %" : `${Math.round(100 * chance)} %`);
let value = {}, chosen = 0;

function heat() {
  const canvas = find("picture").querySelector("canvas"), row = value.results[chosen];
  canvas.hidden = !row;
  find("bars").querySelectorAll("button").forEach((button, i) => button.setAttribute("aria-pressed", i === chosen));
  find("picture").querySelector("figcaption").textContent = row ? say(words.looks, { label: row[0] }) : words.no_heat;
  if (row) warm(canvas, value.grid, row[3]);
}

function bars() {
  find("bars").replaceChildren(...value.results.map(([label, chance, cosine], i) => {
    const button = make("button", "se-bar"), bar = make("i");
    button.type = "button";
    bar.style.setProperty("--at", chance);
    button.append(make("span", "se-label", label), make("span", "se-chance", percent(chance)), bar);
    button.title = say(words.cosine, { cosine: cosine.toFixed(2) });
    button.onclick = () => {
      chosen = chosen === i ? -1 : i;
      heat();
    };
    return button;
  }));
}

function draw() {
  const before = value.results?.[chosen]?.[0], same = value.picture;
  const now = received() || {};
  write(find("badge"), now.recorded ? words.recorded : "");
  write(find("message"), now.message || "");
  find("found").classList.toggle("se-old", !now.results); // what stood there stays until there is something new
  if (!now.results) return;
  value = now;
  find("found").hidden = false;
  const picture = find("picture").querySelector("img");
  if (picture.src !== value.picture) picture.src = value.picture;
  const labels = value.results.map(([label]) => label);
  picture.alt = say(words.alt, { label: labels[0], chance: percent(value.results[0][1]) });
  chosen = value.picture === same ? Math.max(0, labels.indexOf(before)) : 0;
  find("by").textContent = say(words.by, { title: value.title });
  write(find("unknown"), value.unknown.length ? say(words.unknown, { words: value.unknown.join(", ") }) : "");
  bars();
  heat();
}

find("hint").textContent = words.hint;
find("bars").setAttribute("aria-label", words.bars);
watch("value", draw);
draw();

// A grid of numbers from 0 to 1 over a picture: the pinker, the more.
function warm(canvas, grid, heat) {
  canvas.width = canvas.height = grid;
  const pen = canvas.getContext("2d"), pixels = pen.createImageData(grid, grid);
  heat.forEach((one, i) => pixels.data.set([216, 0, 136, 190 * Math.max(0, one)], 4 * i));
  pen.putImageData(pixels, 0, 0);
}
