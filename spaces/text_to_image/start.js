// A picture to begin with, and over it a mask: what is painted there is drawn anew.
// props.value: {image, mask}, data URLs or ""; mask is a PNG of at most 256 pixels a side, white where it is painted.

const paper = at("im-paper"), picture = at("im-picture"), sheet = at("im-mask"), ring = at("im-ring"), file = at("im-file");
const pen = sheet.getContext("2d", {willReadFrequently: true}), mark = ring.getContext("2d");
const SIDE = 256, MOST_UNDO = 20, MOST_BYTES = 10 * 1024 * 1024, COLOUR = "rgb(20, 160, 150)";
const before = []; // what Undo goes back to
let mine = null; // the value that came from here: not to be drawn again
let empty = true, stroke = null, key = null;
let raw = ""; // the picture as it came, for another shape of the result

ready();

function ready() {
  for (const [name, word] of [["im-choose", "choose"], ["im-undo", "undo"], ["im-clear", "clear"], ["im-other", "other"], ["im-remove", "remove"]])
    at(name).textContent = words[word];
  at("im-size").firstElementChild.textContent = words.brush;
  picture.alt = words.start;
}

const size = () => Number(at("im-brush").value);

function give() {
  mine = {image: picture.hidden ? "" : picture.src, mask: empty || picture.hidden ? "" : mask()};
  props.value = mine;
}

// White where it is painted, on black.
function mask() {
  const canvas = make("canvas");
  Object.assign(canvas, {width: sheet.width, height: sheet.height});
  const brush = canvas.getContext("2d"), painted = pen.getImageData(0, 0, sheet.width, sheet.height);
  for (let i = 0; i < painted.data.length; i += 4) painted.data.set(painted.data[i + 3] > 127 ? [255, 255, 255, 255] : [0, 0, 0, 255], i);
  brush.putImageData(painted, 0, 0);
  return canvas.toDataURL("image/png");
}

function buttons() {
  const there = !picture.hidden;
  at("im-choose").hidden = there;
  for (const name of ["im-other", "im-remove", "im-mask", "im-ring"]) at(name).hidden = !there;
  at("im-undo").disabled = !before.length;
  at("im-clear").disabled = empty;
  sheet.setAttribute("aria-label", `${words.mask} ${empty ? words.mask_empty : ""} ${words.mask_keys}`);
}

// Puts a picture on the paper, with a mask or none. then: what comes when both are drawn.
function put(image, painted, then = () => {}) {
  before.length = 0;
  empty = true;
  key = null;
  picture.hidden = !image;
  if (!image) {
    picture.removeAttribute("src");
    return buttons();
  }
  picture.onload = () => {
    const by = SIDE / Math.max(picture.naturalWidth, picture.naturalHeight);
    for (const canvas of [sheet, ring])
      Object.assign(canvas, {width: Math.max(1, Math.round(picture.naturalWidth * by)), height: Math.max(1, Math.round(picture.naturalHeight * by))});
    pen.lineCap = pen.lineJoin = "round";
    painted ? fill(painted, then) : then();
    buttons();
  };
  picture.src = image;
}

function fill(painted, then) {
  const found = new Image();
  found.onload = () => {
    pen.drawImage(found, 0, 0, sheet.width, sheet.height);
    const all = pen.getImageData(0, 0, sheet.width, sheet.height);
    for (let i = 0; i < all.data.length; i += 4) all.data.set([20, 160, 150, all.data[i] > 127 ? 255 : 0], i);
    pen.putImageData(all, 0, 0);
    empty = false;
    buttons();
    then();
  };
  found.src = painted;
}

// The server has set the value: a picture that was taken, or one of a recipe.
function draw() {
  const now = props.value ?? {};
  if (mine && now.image === mine.image && now.mask === mine.mask) return;
  mine = {image: now.image ?? "", mask: now.mask ?? ""};
  at("im-say").textContent = mine.image.startsWith("sha256:") ? words.not_carried : "";
  raw = mine.image.startsWith("data:") ? mine.image : "";
  put(raw, mine.mask);
}

// ---- a picture from outside ----------------------------------------------------------------------------------------

async function open(chosen) {
  if (!chosen) return;
  at("im-say").textContent = words.reading;
  if (chosen.size > MOST_BYTES) chosen = await smaller(chosen).catch(() => null);
  if (!chosen) return void (at("im-say").textContent = words.too_large);
  const address = await new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.onerror = () => done("");
    reader.readAsDataURL(chosen);
  });
  // What a file is, its bytes say and not its name.
  await cut(address.replace(/^data:[^,]*;base64,/, "data:image/png;base64,"));
}

// A photo that is too large to be sent, as one of 2048 pixels.
async function smaller(file) {
  const photo = await createImageBitmap(file), by = Math.min(1, 2048 / Math.max(photo.width, photo.height));
  const canvas = make("canvas");
  Object.assign(canvas, {width: Math.round(photo.width * by), height: Math.round(photo.height * by)});
  canvas.getContext("2d").drawImage(photo, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.92));
}

// Asks for the part of a picture that has the shape of the result.
async function cut(address) {
  const [width, height] = window.aigcImageShape ?? [128, 128];
  const answer = await ask("image_open", {image: address, width, height});
  at("im-say").textContent = answer.error ?? (answer.mask ? words.hole : "");
  if (!answer.image) return;
  raw = address;
  put(answer.image, answer.mask ?? "", give);
}

addEventListener("aigc-image-shape", () => {
  const [width, height] = window.aigcImageShape;
  if (!element.isConnected || !raw || picture.hidden || !width || !height) return;
  if (Math.abs(picture.naturalWidth * height - picture.naturalHeight * width) > Math.max(width, height)) cut(raw);
});

file.onchange = () => {
  open(file.files[0]);
  file.value = "";
};
at("im-choose").onclick = at("im-other").onclick = () => file.click();
at("im-remove").onclick = () => {
  put((raw = ""), "");
  at("im-say").textContent = "";
  give();
  at("im-choose").focus();
};
element.addEventListener("dragover", (event) => event.preventDefault());
element.addEventListener("drop", (event) => {
  event.preventDefault(); // not for the recipe box
  aigc.dropped(event).then((found) => found ? open(found) : (at("im-say").textContent = words.save_first));
});

// ---- the brush -----------------------------------------------------------------------------------------------------

function place(event) {
  const box = sheet.getBoundingClientRect();
  return {x: ((event.clientX - box.left) * sheet.width) / box.width, y: ((event.clientY - box.top) * sheet.height) / box.height};
}

function line(from, to) {
  pen.strokeStyle = COLOUR;
  pen.lineWidth = size();
  pen.beginPath();
  pen.moveTo(from.x, from.y);
  pen.lineTo(to.x, to.x === from.x && to.y === from.y ? to.y + 0.01 : to.y); // a tap leaves a dot
  pen.stroke();
}

function remember() {
  before.push([pen.getImageData(0, 0, sheet.width, sheet.height), empty]);
  if (before.length > MOST_UNDO) before.shift();
  if (empty) trigger("painted", {}); // what is painted over is wanted anew, see page.py
  empty = false;
}

function show_ring(point) {
  mark.clearRect(0, 0, ring.width, ring.height);
  if (!point) return;
  for (const [width, colour] of [[3, "#fff"], [1.5, "#0d1418"]]) {
    mark.lineWidth = width;
    mark.strokeStyle = colour;
    mark.beginPath();
    mark.arc(point.x, point.y, size() / 2, 0, 7);
    mark.stroke();
  }
}

sheet.addEventListener("pointerdown", (event) => {
  if (stroke || (event.pointerType === "mouse" && event.button !== 0)) return;
  event.preventDefault();
  sheet.focus({preventScroll: true, focusVisible: false});
  try {
    sheet.setPointerCapture(event.pointerId); // the stroke goes on outside of the sheet
  } catch {} // a pointer made by a script cannot be captured
  remember();
  stroke = {id: event.pointerId, ...place(event)};
  line(stroke, stroke);
});
sheet.addEventListener("pointermove", (event) => {
  const to = place(event);
  if (event.pointerType !== "touch") show_ring(to);
  if (event.pointerId !== stroke?.id) return;
  const events = event.getCoalescedEvents?.() ?? [];
  for (const each of events.length ? events : [event]) {
    const next = place(each);
    line(stroke, next);
    Object.assign(stroke, next);
  }
});
const lift = (event) => {
  if (event.pointerId !== stroke?.id) return;
  stroke = null;
  changed();
};
sheet.addEventListener("pointerup", lift);
sheet.addEventListener("pointercancel", lift);
sheet.addEventListener("pointerleave", () => !key && show_ring(null));
// Some browsers scroll by touch in spite of touch-action where the finger came from elsewhere.
for (const name of ["touchstart", "touchmove"]) sheet.addEventListener(name, (event) => event.preventDefault(), {passive: false});

function changed() {
  buttons();
  give();
}

function undo() {
  if (!before.length) return;
  const [pixels, was] = before.pop();
  pen.putImageData(pixels, 0, 0);
  empty = was;
  changed();
}

function clear() {
  if (empty) return;
  remember();
  pen.clearRect(0, 0, sheet.width, sheet.height);
  empty = true;
  changed();
}

at("im-undo").onclick = undo;
at("im-clear").onclick = clear;

// Arrows move the brush, Space puts it down and lifts it, Backspace undoes, Delete clears.
sheet.addEventListener("keydown", (event) => {
  const arrow = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key];
  if (!arrow && ![" ", "Backspace", "Delete"].includes(event.key)) return;
  event.preventDefault();
  if (event.key === "Backspace") return undo();
  if (event.key === "Delete") return clear();
  key ??= {x: sheet.width / 2, y: sheet.height / 2, down: false};
  if (event.key === " ") {
    if (event.repeat) return;
    key.down = !key.down;
    if (key.down) {
      remember();
      line(key, key);
      buttons();
    } else changed();
  } else {
    const to = {x: Math.min(sheet.width, Math.max(0, key.x + 8 * arrow[0])), y: Math.min(sheet.height, Math.max(0, key.y + 8 * arrow[1]))};
    if (key.down) line(key, to);
    Object.assign(key, to);
  }
  show_ring(key);
});
sheet.addEventListener("blur", () => {
  if (key?.down) changed();
  key = null;
  show_ring(null);
});

watch("value", draw);
buttons();
draw();
