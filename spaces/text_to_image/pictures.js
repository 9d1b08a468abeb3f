// The pictures, large; below them the steps they were made in, and what was made before in this visit.
// props.value (made by view.shown): {phase, message, notices} and, once there are pictures,
//   {pictures: [{src, seed, label}], n, width, height, what, prompt, model, run, step, of, reach, planned, seconds, recipe,
//    recorded, steps: [[address]]}; phase: loading, drawing, done, stopped; failed and settled end what never finished,
//   restored takes the pictures away.
// Events: live {}, seed {seed}, again {recipe}, proceed {run, step}, take {picture}.

const TAB = "text_to_image";
const GAP = 8; // pixels
const tiles = at("iv-tiles"), stage = at("iv-stage"), zoom = at("iv-zoom"), slider = at("iv-step");
let value = {}; // what is shown: of the server, or of this visit
let settled = {}; // the last that was finished: back to it after an error
let chosen = 0; // the picture that the actions are about
let steps = {}, looked = null; // of value.run: number -> previews after that step; words and where they went
let back = 0; // the step that is looked at; 0: the finished pictures

const busy = () => value.phase === "drawing";
const one = () => value.pictures?.[chosen];
// What a picture is called: by its seed, and in a strip by the value of the control.
function told(picture) {
  if (!picture.label || value.control === "seed") return say(words.named, {seed: picture.seed});
  return value.control === "scheduler" ? picture.label : `${words[value.control]} ${picture.label}`;
}
function looks(i) {
  const seen = value.seen?.[i];
  return seen ? say(words.looks, {name: (navigator.language.startsWith("zh") && seen[1]) || seen[0]}) : "";
}
const slug = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 40) || "picture";

// ---- how large -----------------------------------------------------------------------------------------------------

// Small pictures grow by whole numbers, as long as that fits; large ones shrink. All n of them, without a gap at the end.
function layout(n, width, wide) {
  if (value.what === "strip" && width >= 560) return {size: Math.min(256, Math.floor((width - GAP * (n - 1)) / n)), columns: n};
  const own = value.width || 128, shape = (value.height || 128) / own, most = n === 1 ? 6 : 4;
  const sizes = own > 128 ? [512, 448, 384, 340, 300, 256, 224, 192, 160, 128, 96]
    : [6, 5, 4, 3, 2.5, 2, 1.5, 1].filter((by) => by <= most).map((by) => Math.round(by * own));
  if (!wide) {
    const columns = Math.min(n, 2);
    return {size: Math.min(Math.floor((width - GAP * (columns - 1)) / columns), Math.max(own, 384)), columns};
  }
  for (const size of sizes) {
    const fit = Math.min(n, Math.floor((width + GAP) / (size + GAP)));
    const rows = Math.max(1, Math.floor((540 + GAP) / (size * shape + GAP)));
    if (fit * rows < n && size > sizes.at(-1)) continue;
    const columns = Math.ceil(n / Math.ceil(n / Math.max(fit, 1)));
    if (n === 4 && fit >= 2) return {size, columns: fit >= 4 && size >= 160 ? 4 : 2};
    return {size, columns};
  }
}

function arrange() {
  const width = element.clientWidth, wide = width >= 560 && value.what !== "strip"; // room for the actions beside them
  stage.classList.toggle("wide", wide);
  const n = Math.max(1, tiles.children.length);
  const {size, columns} = layout(n, width - (wide ? 204 : 0), wide);
  tiles.style.setProperty("--size", size + "px");
  tiles.style.setProperty("--shape", `${value.width || 128} / ${value.height || 128}`);
  tiles.style.setProperty("--columns", columns);
  tiles.columns = columns;
}

// ---- the pictures --------------------------------------------------------------------------------------------------

function tile(i) {
  const made = make("button", "iv-tile");
  made.type = "button";
  made.append(make("img"), make("canvas", "iv-heat"), make("span", "iv-best"), make("span", "iv-label"));
  made.onclick = () => (chosen === i && !busy() ? enlarge() : choose(i));
  return made;
}

function choose(i) {
  if (chosen !== i && looked) unlook();
  chosen = i;
  paint();
}

// What stands in the tiles: the finished pictures, or those of the step that is looked at.
function sources() {
  return back ? steps[back] : value.pictures.map((picture) => picture.src);
}

function paint() {
  const drawn = value.pictures ?? [], n = drawn.length ? Math.max(value.n || 0, drawn.length) : 0;
  while (tiles.children.length > n) tiles.lastChild.remove();
  while (tiles.children.length < n) tiles.append(tile(tiles.children.length));
  chosen = Math.min(chosen, Math.max(0, drawn.length - 1));
  const shown = n ? sources() : [];
  [...tiles.children].forEach((node, i) => {
    const picture = drawn[i], image = node.firstChild;
    if (shown[i]) image.src = shown[i];
    else image.removeAttribute("src");
    image.alt = picture ? [value.prompt || words.no_prompt, told(picture), looks(i)].filter(Boolean).join(". ") : "";
    write(node.querySelector(".iv-best"), value.best === i && !back ? words.best : "");
    node.disabled = !picture;
    node.tabIndex = i === chosen ? 0 : -1;
    node.setAttribute("aria-pressed", String(i === chosen && n > 1));
    write(node.lastChild, picture?.label ? told(picture) : "");
  });
  side();
  arrange();
}

function side() {
  const picture = one(), done = picture && !busy();
  at("iv-side").hidden = !picture;
  if (!picture) return;
  at("iv-side").classList.toggle("off", !done);
  const n = value.pictures.length;
  at("iv-name").textContent = n > 1 ? say(words.which, {i: chosen + 1, n}) : words.one;
  const facts = [told(picture), `${value.width} × ${value.height}`];
  if (value.seconds != null && done) facts.push(say(words.took, {s: value.seconds < 10 ? value.seconds.toFixed(1) : Math.round(value.seconds)}));
  at("iv-line").textContent = facts.join(" · ");
  const fit = value.fits?.[chosen];
  write(at("iv-fit"), [fit === undefined ? "" : say(words.fit, {fit: fit.toFixed(2)}), looks(chosen)].filter(Boolean).join(" · "));
  at("iv-fit").title = words.fit_hint;
  Object.assign(at("iv-save"), {href: done ? picture.src : "", download: `${slug(value.prompt || "")}-seed-${picture.seed}.png`});
  at("iv-all").hidden = n < 2 || !done;
  at("iv-look").hidden = value.what === "strip" || !value.run || !value.prompt;
  at("iv-look").setAttribute("aria-expanded", String(!!looked));
}

function draw() {
  const now = props.value ?? {};
  const message = now.message || (now.phase === "loading" ? words.loading : "") || (now.phase === "drawing" && now.of ? say(words.step_of, {step: now.step, of: now.of}) : "");
  const stopped = now.phase === "stopped" ? (now.pictures ? say(words.stopped, {step: now.step, of: now.of}) : words.stopped_early) : "";
  write(at("iv-message"), message || stopped);
  if (now.phase === "restored") {
    value = settled = {};
    write(at("iv-message"), words.restored);
    fresh();
    return void (at("iv-empty").hidden = true);
  }
  if (now.phase === "failed" || now.phase === "settled" || (now.phase === "stopped" && !now.pictures)) {
    if (busy()) value = settled;
    if (now.phase === "settled") write(at("iv-message"), "");
    return show_all();
  }
  const soon = !now.pictures && ["loading", "drawing"].includes(now.phase); // what is on screen stays until the first preview
  stage.classList.toggle("waiting", soon);
  at("iv-bar").classList.toggle("unknown", soon);
  at("iv-empty").hidden = Boolean(now.pictures || value.pictures) || soon;
  if (!now.pictures) return;
  if (now.phase === "drawing" && !busy()) into_view();
  value = now;
  if (!busy()) {
    settled = value;
    if (!value.recorded && value.recipe) visit.add(value);
  }
  fresh();
}

// What was started further down, or above on a small screen, is worth a look.
function into_view() {
  const {top} = element.getBoundingClientRect(), behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
  if (top < 0 || top > innerHeight - 200) element.scrollIntoView({block: "start", behavior});
}

// Another result: nothing of the one before may stay.
function fresh() {
  steps = {...[, ...(value.steps ?? [])]}; // counted from 1
  looked = null;
  back = 0;
  show_all();
}

function show_all() {
  stage.classList.remove("waiting");
  at("iv-bar").classList.remove("unknown");
  at("iv-bar").firstChild.style.width = busy() && value.of ? `${(100 * value.step) / value.of}%` : "0";
  at("iv-empty").hidden = Boolean(value.pictures);
  write(at("iv-badge"), value.recorded ? words.recorded : "");
  at("iv-live").hidden = !value.recorded;
  at("iv-notices").replaceChildren(...(value.notices ?? []).map((notice) => make("li", "", notice)));
  at("iv-notices").hidden = !value.notices?.length;
  heat(null);
  list_words();
  paint();
  time();
  visit.draw(value, busy());
}

// ---- the time machine ----------------------------------------------------------------------------------------------

function time() {
  const there = value.reach > 1;
  at("iv-time").classList.toggle("off", !there || busy());
  slider.disabled = !there || busy();
  if (!there) return;
  slider.max = value.reach;
  if (!back) slider.value = value.reach;
  const step = back || value.reach;
  at("iv-where").textContent = say(words.step_of, {step, of: value.planned});
  slider.setAttribute("aria-valuetext", at("iv-where").textContent);
  at("iv-proceed").disabled = !value.run || step >= value.planned;
  at("iv-proceed").textContent = say(words.proceed, {step});
}

let asking = false;
slider.oninput = async () => {
  if (looked) unlook();
  const of = value;
  while (!asking && value === of && Number(slider.value) < value.reach && !steps[slider.value]) {
    const step = Number(slider.value);
    asking = true;
    const answer = await ask("image_frame", {run: value.run, step});
    asking = false;
    if (value !== of) return;
    write(at("iv-message"), answer.error ?? "");
    if (answer.error) return void (slider.value = back || value.reach);
    steps[step] = answer.pictures; // and once more, if the handle has moved on
  }
  if (value !== of || asking) return;
  back = Number(slider.value) < value.reach ? Number(slider.value) : 0;
  paint();
  time();
};
at("iv-proceed").onclick = () => trigger("proceed", {run: value.run, step: back || value.reach});

// ---- which words drew what -----------------------------------------------------------------------------------------

function unlook() {
  looked = null;
  heat(null);
  list_words();
  side();
}

at("iv-look").onclick = async () => {
  if (looked) return unlook();
  const of = value, i = chosen;
  const answer = await ask("image_words", {run: value.run, i});
  if (value !== of || chosen !== i) return;
  write(at("iv-message"), answer.error ?? "");
  if (answer.error) return;
  if (back) {
    back = 0;
    paint();
    time();
  }
  looked = answer;
  list_words();
  side();
  at("iv-word-list").firstChild?.focus();
};

function list_words() {
  at("iv-words").hidden = !looked;
  at("iv-word-list").replaceChildren(...(looked?.words ?? []).map((word, i) => {
    const chip = make("button", "iv-chip", word);
    chip.type = "button";
    chip.onpointerenter = chip.onfocus = chip.onclick = () => heat(i);
    return chip;
  }));
}

// Where a word went stays bright, the rest is dimmed; i null: all is bright.
function heat(i) {
  for (const node of tiles.querySelectorAll(".iv-heat")) node.classList.remove("on");
  [...at("iv-word-list").children].forEach((chip, j) => chip.setAttribute("aria-pressed", String(i === j)));
  const canvas = tiles.children[chosen]?.querySelector(".iv-heat");
  if (i === null || !looked || !canvas) return;
  const bytes = Uint8Array.from(atob(looked.maps[i]), (c) => c.charCodeAt(0));
  Object.assign(canvas, {width: looked.width, height: looked.height});
  const pen = canvas.getContext("2d"), sheet = pen.createImageData(looked.width, looked.height);
  const most = bytes.reduce((a, b) => Math.max(a, b), 1);
  bytes.forEach((byte, k) => sheet.data.set([8, 14, 18, Math.round(225 * (1 - byte / most))], 4 * k));
  pen.putImageData(sheet, 0, 0);
  canvas.classList.add("on");
}
at("iv-words").addEventListener("pointerleave", () => heat(null));

// ---- this visit ----------------------------------------------------------------------------------------------------

const visit = gallery({
  section: at("iv-visit"), tab: TAB, most: constants.most_kept,
  key: (one) => one.recipe?.output_sha256,
  title: (one) => one.prompt || words.no_prompt,
  pictures: (one) => one.pictures.slice(0, 4).map(({src}) => Object.assign(make("img"), {src, alt: ""})),
  open(one) {
    value = settled = one;
    chosen = 0;
    fresh();
    trigger("again", {recipe: one.recipe});
  },
});

// ---- large ---------------------------------------------------------------------------------------------------------

function enlarge() {
  const picture = zoom.firstElementChild, n = value.pictures.length;
  picture.src = sources()[chosen];
  picture.alt = tiles.children[chosen].firstChild.alt;
  const by = Math.max(1, Math.floor(Math.min(innerWidth - 64, innerHeight - 130, 1024) / Math.max(value.width, value.height)));
  picture.style.width = value.width * by + "px";
  picture.classList.toggle("hard", at("iv-pixels").checked);
  at("iv-zoom-name").textContent = told(one());
  for (const name of ["iv-before", "iv-after"]) at(name).hidden = n < 2;
  if (!zoom.open) zoom.showModal();
}

function move(by) {
  choose((chosen + by + value.pictures.length) % value.pictures.length);
  if (zoom.open) enlarge();
}

zoom.addEventListener("keydown", (event) => {
  const by = {ArrowRight: 1, ArrowLeft: -1}[event.key];
  if (!by || event.target === at("iv-pixels") || value.pictures.length < 2) return;
  event.preventDefault();
  move(by);
});
zoom.addEventListener("click", (event) => event.target === zoom && zoom.close()); // beside the picture
zoom.addEventListener("close", () => tiles.children[chosen]?.focus({preventScroll: true}));
at("iv-pixels").onchange = enlarge;
at("iv-before").onclick = () => move(-1);
at("iv-after").onclick = () => move(1);
at("iv-close").onclick = () => zoom.close();

// ---- hands ---------------------------------------------------------------------------------------------------------

tiles.addEventListener("keydown", (event) => {
  const by = {ArrowRight: 1, ArrowLeft: -1, ArrowDown: tiles.columns, ArrowUp: -tiles.columns}[event.key];
  const next = chosen + (by ?? 0);
  if (!by || !value.pictures?.[next]) return;
  event.preventDefault();
  choose(next);
  tiles.children[next].focus();
});
at("iv-enlarge").onclick = enlarge;
at("iv-all").onclick = () => save_all(slug(value.prompt || ""),
  value.pictures.map(({src, seed}, i) => ({name: `${i + 1}-seed-${seed}.png`, bytes: bytes_of(src)})));
at("iv-reuse").onclick = () => trigger("seed", {seed: one().seed});
at("iv-take").onclick = () => trigger("take", {picture: sources()[chosen]});
at("iv-live").onclick = () => trigger("live");

const home = element.closest(".tabitem") ?? document.body;
// Between the click and the first word of the server others may be served.
home.addEventListener("click", (event) => {
  const go = event.target.closest?.(["generate", "change", "fill", "strip-go"].map((name) => `#${TAB}-${name}`).join());
  if (go && !go.disabled && element.isConnected) write(at("iv-message"), words.waiting);
});

for (const name of ["live", "save", "enlarge", "reuse", "take", "look", "empty", "before", "after", "close"])
  at("iv-" + name).textContent = words[name];
at("iv-words-hint").textContent = words.words_hint;
at("iv-time-label").textContent = words.time;
at("iv-time-hint").textContent = words.time_hint;
at("iv-all").textContent = words.gallery_all;
at("iv-pixels").nextElementSibling.textContent = words.pixels;
tiles.setAttribute("aria-label", words.pictures);
at("iv-word-list").setAttribute("aria-label", words.look);
zoom.setAttribute("aria-label", words.enlarge);
new ResizeObserver(arrange).observe(element); // its own width depends on nothing that this sets
watch("value", draw);
draw();
