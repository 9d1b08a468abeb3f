// The life of the canvas, run by Gradio once per component behind scripts.js and strokes.js.
//
// props.value: data URL of a PNG, white on black, 280x280, or "". Events: "drawn" after each change by hand.

const at = (name) => element.querySelector(".cv-" + name);
const SIDE = 280, PEN = 22, STEP = 7;
const sheet = at("ink");
const mark = at("mark").getContext("2d"), seen = at("seen").querySelector("canvas");
let empty = true; // nothing drawn and nothing shown
let given = false; // what is shown was set by the server: the first stroke begins a new drawing, Undo brings it back
let mine = props.value || ""; // the value that came from here: not to be drawn again
let key = null; // {x, y, down}: the pen of the keyboard
let asked = 0; // the newest question to the server

const hand = strokes(sheet, SIDE, {
  begin(stroke, event) {
    sheet.focus({preventScroll: true, focusVisible: false});
    start();
    stroke.erase = Boolean(event.buttons & 32); // the other end of a pen
    line(stroke, stroke, stroke.erase);
  },
  go: (stroke, to) => line(stroke, to, stroke.erase),
  end: changed,
});
const ink = hand.ink;

function wipe() {
  ink.fillStyle = "#000";
  ink.fillRect(0, 0, SIDE, SIDE);
}

const line = (from, to, erase) => hand.line(from, to, erase ? "#000" : "#fff", PEN);

function start() {
  hand.keep([empty, given]);
  if (given) wipe();
  given = empty = false;
  at("hint").hidden = true;
}

function buttons() {
  at("undo").disabled = !hand.kept();
  at("clear").disabled = empty;
  at("hint").hidden = !empty;
  sheet.setAttribute("aria-label", `${words.title}. ${empty ? words.is_empty : words.is_drawn} ${words.keys}`);
}

// Something changed by hand: the value first, then what a model will see of it.
function changed() {
  buttons();
  mine = empty ? "" : sheet.toDataURL("image/png");
  props.value = mine;
  trigger("drawn");
  look();
}

async function look() {
  const mineNow = ++asked;
  const small = seen.getContext("2d");
  if (empty) {
    small.clearRect(0, 0, 28, 28);
    at("say").textContent = "";
    return;
  }
  let answer;
  try {
    answer = await server.canvas_seen(mine);
  } catch {
    answer = {error: words.failed};
  }
  if (mineNow !== asked) return;
  at("say").textContent = answer.error ?? answer.says ?? "";
  if (!answer.pixels) return small.clearRect(0, 0, 28, 28);
  const bytes = atob(answer.pixels), picture = small.createImageData(28, 28);
  for (let i = 0; i < 784; i++) picture.data.set([255, 255, 255, bytes.charCodeAt(i)], 4 * i);
  small.putImageData(picture, 0, 0);
}

// The server has set the value: an upload, a sample, a recipe.
function draw() {
  const value = props.value || "";
  if (value === mine || hand.busy()) return; // nothing is put over a stroke that is being drawn
  mine = value;
  const now = ++asked;
  hand.forget();
  at("say").textContent = "";
  const small = seen.getContext("2d");
  small.clearRect(0, 0, 28, 28);
  if (!value) {
    wipe();
    empty = true;
    return buttons();
  }
  const picture = new Image();
  picture.onload = () => {
    if (mine !== value) return;
    wipe();
    ink.imageSmoothingQuality = "high";
    ink.drawImage(picture, 0, 0, SIDE, SIDE);
    if (now === asked) small.drawImage(picture, 0, 0, 28, 28); // it is a model's picture already
    empty = false;
    given = true;
    buttons();
  };
  picture.src = value;
}

// ---- hands ---------------------------------------------------------------------------------------------------------

function undo() {
  if (!hand.kept()) return;
  [empty, given] = hand.back();
  changed();
}

function clear() {
  if (empty) return;
  hand.keep([empty, given]);
  wipe();
  empty = true;
  given = false;
  changed();
}

// A picture of a digit, from a file or from this page.
element.addEventListener("dragover", (event) => event.preventDefault());
element.addEventListener("drop", async (event) => {
  event.preventDefault(); // not for the recipe box
  const found = await aigc.dropped(event);
  if (!found) return void (at("say").textContent = words.save_first);
  const address = await new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.readAsDataURL(found);
  });
  // What a file is, its bytes say and not its name. The canvas gets what a model sees of it.
  const answer = await server.canvas_seen(address.replace(/^data:[^,]*;base64,/, "data:image/png;base64,"));
  if (!answer.pixels) return void (at("say").textContent = answer.error);
  const small = make("canvas"), pen = small.getContext("2d");
  small.width = small.height = 28;
  pen.fillRect(0, 0, 28, 28);
  const picture = pen.getImageData(0, 0, 28, 28);
  [...atob(answer.pixels)].forEach((one, i) => picture.data.fill(one.charCodeAt(0), 4 * i, 4 * i + 3));
  pen.putImageData(picture, 0, 0);
  props.value = small.toDataURL("image/png");
  draw();
  trigger("drawn");
  at("say").textContent = answer.says ?? "";
});

at("undo").onclick = undo;
at("clear").onclick = clear;

// Arrows move the pen, Space puts it down and lifts it, Backspace undoes, Delete clears.
function showKey() {
  mark.clearRect(0, 0, SIDE, SIDE);
  if (!key) return;
  mark.lineWidth = 3;
  mark.strokeStyle = key.down ? "#ffb020" : "#54a69c";
  mark.beginPath();
  mark.arc(key.x, key.y, PEN / 2 + 3, 0, 7);
  mark.stroke();
}
sheet.addEventListener("keydown", (event) => {
  const arrow = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key];
  const commandZ = event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey);
  if (!arrow && !commandZ && ![" ", "Backspace", "Delete"].includes(event.key)) return;
  event.preventDefault();
  if (event.key === "Backspace" || commandZ) return undo();
  if (event.key === "Delete") return clear();
  key ??= {x: SIDE / 2, y: SIDE / 2, down: false};
  if (event.key === " ") {
    if (event.repeat) return;
    key.down = !key.down;
    if (key.down) {
      start();
      line(key, key, false);
      buttons();
    } else changed();
  } else {
    const to = arrow.map((way, i) => Math.min(SIDE - PEN / 2, Math.max(PEN / 2, [key.x, key.y][i] + STEP * way)));
    if (key.down) line(key, {x: to[0], y: to[1]}, false);
    [key.x, key.y] = to;
  }
  showKey();
});
sheet.addEventListener("blur", () => {
  if (key?.down) changed();
  key = null;
  showKey();
});

at("title").textContent = words.title;
at("hint").textContent = words.hint;
at("undo").textContent = words.undo;
at("clear").textContent = words.clear;
at("seen-label").textContent = words.seen;
seen.setAttribute("aria-label", words.seen_label);
wipe();
buttons();
mine = "";
watch("value", draw);
draw();
