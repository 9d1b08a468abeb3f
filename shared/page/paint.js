// The canvas in colour, run by Gradio once per component behind scripts.js and strokes.js.
//
// props.value: data URL of a PNG, or "". Events: "drawn", "cleared".

const at = (name) => element.querySelector(".pt-" + name);
const SIDE = 256, FILL = 0;
const COLOURS = ["321b41", "ffffff", "f8312f", "ff822d", "ffc928", "44911b", "00a6ed", "0063b1", "8d65c5", "f92f60", "8a5a44", "d3d3d3"];
const SIZES = [6, 14, 30, FILL];
const sheet = element.querySelector(".pt-paper canvas");
let empty = true, mine = props.value || "", colour = COLOURS[2], size = SIZES[1];

const line = (from, to) => hand.line(from, to, `#${colour}`, size);
const hand = strokes(sheet, SIDE, {
  begin(stroke) {
    hand.keep(empty);
    empty = false;
    at("hint").hidden = true;
    if (size === FILL) fill(stroke);
    else line(stroke, stroke);
  },
  go: (stroke, to) => size !== FILL && line(stroke, to),
  end: changed,
});
const ink = hand.ink;

function wipe() {
  ink.fillStyle = "#fff";
  ink.fillRect(0, 0, SIDE, SIDE);
}

function buttons() {
  at("undo").disabled = !hand.kept();
  at("clear").disabled = empty;
  at("hint").hidden = !empty;
  sheet.setAttribute("aria-label", `${words.title}. ${empty ? words.is_empty : words.is_drawn}`);
}

// Something changed by hand.
function changed() {
  buttons();
  at("say").textContent = "";
  mine = empty ? "" : sheet.toDataURL("image/png");
  props.value = mine;
  trigger(empty ? "cleared" : "drawn");
}

// The server has set the value: an upload, a sample, a recipe.
function draw() {
  const value = props.value || "";
  if (value === mine || hand.busy()) return; // nothing is put over a stroke that is being drawn
  mine = value;
  hand.forget();
  if (!value) {
    wipe();
    empty = true;
    return buttons();
  }
  const picture = new Image();
  picture.onload = () => {
    if (mine !== value) return;
    wipe();
    place(picture, picture.width, picture.height);
    empty = false;
    buttons();
  };
  picture.src = value;
}

function place(picture, width, height) {
  const scale = SIDE / Math.max(width, height);
  ink.imageSmoothingQuality = "high";
  ink.drawImage(picture, (SIDE - scale * width) / 2, (SIDE - scale * height) / 2, scale * width, scale * height);
}

// The area around a point that has about its colour.
function fill(point) {
  const pixels = ink.getImageData(0, 0, SIDE, SIDE), data = pixels.data;
  const x = Math.min(SIDE - 1, Math.max(0, Math.floor(point.x))), y = Math.min(SIDE - 1, Math.max(0, Math.floor(point.y)));
  const first = 4 * (SIDE * y + x), was = [data[first], data[first + 1], data[first + 2]];
  const now = [0, 2, 4].map((i) => parseInt(colour.slice(i, i + 2), 16));
  const seen = new Uint8Array(SIDE * SIDE), next = [SIDE * y + x];
  while (next.length) {
    const i = next.pop();
    if (seen[i]) continue;
    seen[i] = 1;
    if (was.reduce((sum, one, c) => sum + Math.abs(one - data[4 * i + c]), 0) > 96) continue;
    for (let c = 0; c < 3; c++) data[4 * i + c] = now[c];
    if (i % SIDE) next.push(i - 1);
    if ((i + 1) % SIDE) next.push(i + 1);
    if (i >= SIDE) next.push(i - SIDE);
    if (i < SIDE * (SIDE - 1)) next.push(i + SIDE);
  }
  ink.putImageData(pixels, 0, 0);
}

at("undo").onclick = () => {
  empty = hand.back();
  changed();
};
at("clear").onclick = () => {
  hand.keep(empty);
  wipe();
  empty = true;
  changed();
};

element.addEventListener("dragover", (event) => event.preventDefault());
element.addEventListener("drop", async (event) => {
  event.preventDefault(); // not for the recipe box
  const found = await aigc.dropped(event);
  if (!found) return void (at("say").textContent = words.save_first);
  try {
    const picture = await createImageBitmap(found);
    hand.keep(empty);
    wipe();
    place(picture, picture.width, picture.height);
  } catch {
    return void (at("say").textContent = words.no_picture);
  }
  empty = false;
  changed();
});

// One of several buttons is pressed; arrow keys go from one to the next.
function choice(place, label, made, pick) {
  place.setAttribute("aria-label", label);
  const choose = (chosen) => {
    for (const one of made) {
      one.setAttribute("aria-checked", one === chosen);
      one.tabIndex = one === chosen ? 0 : -1;
    }
    pick(made.indexOf(chosen));
  };
  made.forEach((one, i) => {
    one.type = "button";
    one.setAttribute("role", "radio");
    one.onclick = () => choose(one);
    one.onkeydown = (event) => {
      const way = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
      if (!way) return;
      event.preventDefault();
      const next = made[(i + way + made.length) % made.length];
      next.focus();
      choose(next);
    };
  });
  place.append(...made);
  return choose;
}

const colours = COLOURS.map((one, i) => {
  const made = make("button", "pt-colour");
  made.style.background = `#${one}`;
  made.setAttribute("aria-label", words.colours.split(",")[i].trim());
  made.title = words.colours.split(",")[i].trim();
  return made;
});
choice(at("colours"), words.colour, colours, (i) => (colour = COLOURS[i]))(colours[2]);
const sizes = SIZES.map((one, i) => {
  const made = make("button", "pt-size"), label = [words.fine, words.middle, words.broad, words.fill][i];
  made.setAttribute("aria-label", label);
  made.title = label;
  if (one === FILL) made.textContent = words.fill;
  else {
    const dot = make("i");
    dot.style.width = dot.style.height = `${4 + one / 2}px`;
    made.append(dot);
  }
  return made;
});
choice(at("sizes"), words.brush, sizes, (i) => (size = SIZES[i]))(sizes[1]);

at("title").textContent = words.title;
at("hint").textContent = words.hint;
at("undo").textContent = words.undo;
at("clear").textContent = words.clear;
wipe();
buttons();
mine = "";
watch("value", draw);
draw();
