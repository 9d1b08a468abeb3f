// The story as it is written, the book to read (reader.js, cast.js and keep.js stand before this), and the book to edit.
// props.value (made by view.shown): {phase, job, text, message, notices, done, of, left} and, once there is a book,
//   {markup, about, pages: [{number, text, chinese, prompt, seed, alt, picture, likeness, alike, flagged, seen, unseen, outdated, left_out, near, instead}],
//    title, characters: [{name, look, kind, colour, style}], style, layout, picture_model, words, missing, name, undo, redo,
//    recorded}; phase: empty, loading, writing, drawing, done, stopped; failed and settled
//    end what never finished.
// Events: act {what, job, page, text, prompt, seed, to, who, name, look, style, layout}, live {}, words {job, page}.

const at = (name) => element.querySelector("." + name);
const book = at("st-book"), cards = at("st-cards"), story = at("st-story");
const layouts = element.querySelector(".st-layout select");
const GAP = 250; // milliseconds that a typed change waits for a button that says it too
let value = {}; // what is shown
let reader = null, editing = false, opened = null; // opened: the job whose book the reader holds
let settled = {phase: "empty"}; // the last that was finished: back to it after an error
let asked = false; // for a new book, of which nothing has come yet
const pictures = new Map(); // key -> address, once the server has answered
const busy = () => ["loading", "writing", "drawing"].includes(value.phase);

async function ask(name, question) {
  try {
    return await server[name](question);
  } catch {
    return {error: words.failed};
  }
}

// ---- pictures ------------------------------------------------------------------------------------------------------

const keyOf = (src) => (src?.startsWith(constants.blank + "#") ? src.slice(constants.blank.length + 1) : "");

// An answer that comes when another book is open is still right: keys are hashes. null where there is none.
function addressOf(key) {
  if (!pictures.has(key)) {
    pictures.set(key, ask("story_picture", {job: value.job, key}).then((answer) => answer.picture ?? null));
    pictures.get(key).then((address) => address || pictures.delete(key));
    if (pictures.size > 200) pictures.delete(pictures.keys().next().value);
  }
  return pictures.get(key);
}

function fill(image, key) {
  if (image.dataset.key === key) return;
  image.dataset.key = key;
  addressOf(key).then((address) => {
    if (image.dataset.key === key && address) image.src = address;
  });
}

// ---- the book to read ----------------------------------------------------------------------------------------------

// Pictures come one by one; only what is new is put there, so that the reader's page stays and does not flash.
function showBook() {
  if (reader && (opened === value.job || (!opened && acting))) { // the example that was changed is a book of its own
    reader.refresh(value.markup);
    opened = value.job;
  } else {
    reader?.quiet();
    book.innerHTML = value.markup; // made by reader.py, which escapes all text
    reader = storyReader(book.firstElementChild);
    opened = value.job;
  }
  for (const image of book.querySelectorAll("img")) {
    const key = keyOf(image.getAttribute("src"));
    if (key) fill(image, key);
  }
}

// ---- the book to edit ----------------------------------------------------------------------------------------------

// One act at a time, for each begins with the book that the one before it has left, and what is typed goes before what
// a button does. What stands in the fields of a card is read when its turn comes.
const LASTING = ["save", "layout", "cast"]; // they wait; a button that is pressed again meanwhile was meant once
const acts = []; // {what, job, card, more} that wait
let acting = ""; // the one that is under way

function act(what, more = {}, card = null) {
  const lasting = (one) => !one || LASTING.includes(one);
  if (!lasting(what) && ![acting, ...acts.map((one) => one.what)].every(lasting)) return;
  for (const other of all) if (other !== card) save(other);
  acts.push({what, job: value.job ?? "", card, more});
  next();
}

function next() {
  if (acting) return;
  const {what, job, card, more} = acts.shift() ?? {};
  if (!what || busy()) return void (acts.length = 0); // busy: another book is on its way
  if (what === "save" && !card.dirty.size) return next();
  acting = what;
  trigger("act", {what, job: job || (value.job ?? ""), ...(card && told(card)), ...more});
  card?.dirty.clear();
}

// page.py says so, whatever came of it.
addEventListener("aigc-story-acted", () => {
  if (!element.isConnected) return;
  acting = "";
  next();
  lay();
});

function button(className, text, onclick, label) {
  const made = make("button", className, text);
  made.type = "button";
  if (label) {
    made.setAttribute("aria-label", label);
    made.title = label;
  }
  made.onclick = onclick;
  return made;
}

function field(card, name, tag, label) {
  const box = make("label", "st-field st-field-" + name);
  const input = make(tag);
  box.append(make("span", "", label), input);
  input.oninput = () => card.dirty.add(name);
  input.onchange = () => {
    clearTimeout(card.waiting);
    card.waiting = setTimeout(() => save(card), GAP);
  };
  card[name] = input;
  return box;
}

const told = (card) => ({
  page: card.number, text: card.text.value, chinese: card.chinese.value, prompt: card.prompt.value, seed: card.seed.value === "" ? null : Number(card.seed.value),
});

function save(card) {
  clearTimeout(card.waiting);
  if (!card.dirty.size || busy()) return;
  acts.push({what: "save", job: value.job ?? "", card, more: {}});
  next();
}

// What a button does to a page, with what stands in its fields.
function press(card, what, more = {}) {
  clearTimeout(card.waiting);
  act(what, more, card);
}

function newCard() {
  const card = {dirty: new Set()};
  const node = card.node = make("section", "st-card");
  const picture = node.appendChild(make("div", "st-thumb"));
  card.image = picture.appendChild(make("img"));
  card.undrawn = picture.appendChild(make("span", "st-undrawn"));
  const side = node.appendChild(make("div", "st-side"));
  const head = side.appendChild(make("header"));
  card.name = head.appendChild(make("strong"));
  card.alike = head.appendChild(make("span", "st-alike"));
  card.seen = head.appendChild(make("span", "st-seen"));
  card.outdated = head.appendChild(make("span", "st-outdated"));
  card.outdated.append(make("span", "", words.outdated), button("st-link", words.refresh_page, () => press(card, "refresh")));
  card.tools = head.appendChild(make("span", "st-card-tools"));
  card.up = card.tools.appendChild(button("", "↑", () => press(card, "move", {to: card.number - 1})));
  card.down = card.tools.appendChild(button("", "↓", () => press(card, "move", {to: card.number + 1})));
  card.remove = card.tools.appendChild(button("", "×", () => press(card, "delete")));
  side.append(field(card, "text", "textarea", ""));
  card.textLabel = side.lastChild.firstChild;
  card.text.rows = 4;
  card.text.dir = "auto";
  card.text.maxLength = 3000;
  side.append(field(card, "chinese", "textarea", words.chinese));
  card.chineseBox = side.lastChild;
  Object.assign(card.chinese, {rows: 3, lang: "zh", maxLength: 3000});
  card.words = side.appendChild(make("p", "st-words"));
  card.word = card.words.appendChild(button("st-link", words.change_word, () => {
    for (const other of all) other.node.classList.toggle("st-open", other === card);
    trigger("words", {job: value.job, page: card.number});
  }));
  card.wordless = card.words.appendChild(make("span", "st-note"));
  side.append(field(card, "prompt", "input", words.shows));
  card.prompt.maxLength = 600;
  card.prompt.onkeydown = (event) => { if (event.key === "Enter") press(card, "redraw"); };
  card.note = side.appendChild(make("p", "st-note"));
  const row = side.appendChild(make("div", "st-row"));
  row.append(field(card, "seed", "input", words.seed));
  Object.assign(card.seed, {type: "number", min: 0, max: constants.most_seed, step: 1});
  card.redraw = row.appendChild(button("st-button", words.redraw, () => press(card, "redraw")));
  card.another = row.appendChild(button("st-link", words.another, () => press(card, "another")));
  card.scene = row.appendChild(button("st-link", words.from_text, () => press(card, "scene"), words.from_text_hint));
  card.insert = make("div", "st-insert");
  card.insert.append(button("st-link", words.insert, () => press(card, "insert")));
  node.card = card;
  return card;
}

let all = [];

function showCards() {
  const pages = value.pages ?? [];
  while (all.length > pages.length) {
    const gone = all.pop();
    gone.node.remove();
    gone.insert.remove();
  }
  while (all.length < pages.length) {
    const card = newCard();
    all.push(card);
    cards.append(card.node, card.insert);
  }
  const last = pages.filter((page) => page.number !== constants.cover).length - 1;
  pages.forEach((page, i) => {
    const card = all[i], cover = page.number === constants.cover, n = page.number + 1;
    if (card.number !== page.number || value.job !== card.job) card.dirty.clear();
    Object.assign(card, {number: page.number, job: value.job});
    card.name.textContent = cover ? words.cover : say(words.page, {n});
    card.node.setAttribute("aria-label", card.name.textContent);
    card.textLabel.textContent = cover ? words.title : words.text;
    card.chineseBox.hidden = !page.chinese;
    for (const name of ["text", "chinese", "prompt", "seed"]) {
      const input = card[name], wanted = String(page[name]);
      if (!card.dirty.has(name) && input.value !== wanted) input.value = wanted;
    }
    card.text.rows = cover ? 1 : 4;
    card.node.classList.toggle("flagged", page.flagged);
    const alike = {p: Math.round(100 * page.likeness), who: page.alike.join(", ")};
    card.alike.textContent = page.likeness === null ? "" : say(page.flagged ? words.unlike : words.alike, alike);
    card.alike.title = words.alike_hint;
    card.seen.textContent = ["seen", "unseen"].filter((key) => page[key].length).map((key) => say(words[key], {names: listed(page[key])})).join(" · ");
    card.seen.title = words.seen_hint;
    card.image.hidden = !page.picture;
    card.undrawn.hidden = Boolean(page.picture);
    card.undrawn.textContent = busy() && value.phase === "drawing" ? words.drawing_soon : words.undrawn;
    card.image.alt = page.alt;
    if (page.picture) fill(card.image, page.picture);
    card.tools.hidden = cover;
    for (const [node, label] of [[card.up, words.up], [card.down, words.down], [card.remove, words.remove]]) {
      node.title = say(label, {n});
      node.setAttribute("aria-label", node.title);
    }
    card.up.disabled = page.number <= 0 || busy();
    card.down.disabled = page.number >= last || busy();
    card.remove.disabled = last < 1 || busy();
    card.outdated.hidden = !page.outdated;
    write(card.note, noteOf(page));
    card.words.hidden = cover;
    card.word.hidden = page.number >= value.words;
    card.wordless.textContent = card.word.hidden ? words.wordless : "";
    card.scene.hidden = false;
    for (const node of [card.outdated.lastChild, card.redraw, card.another, card.scene, card.word, card.insert.firstChild]) node.disabled = busy();
    for (const node of [card.text, card.chinese, card.prompt, card.seed]) node.readOnly = busy();
  });
}

// What the picture of a page leaves out, or shows as something near.
function noteOf(page) {
  const said = page.near.map(([word, as]) => say(words.drawn_as, {word, as}));
  if (page.left_out.length) said.push(say(words.left_out, {words: page.left_out.join(words.comma)}));
  if (page.instead) said.push(say(words.instead, {what: page.instead}));
  return said.join(" ");
}

// A sentence for all pages of which the same is to be said.
function notesOf(pages) {
  const told = new Map();
  for (const page of pages) {
    const note = noteOf(page);
    if (note) told.set(note, [...(told.get(note) ?? []), page.number + 1]);
  }
  return [...told].map(([note, numbers]) => {
    const where = numbers.length > 1 ? words.several_pages : words.page;
    return say(where, {n: numbers.join(words.comma)}) + words.colon + note;
  });
}

// [[English, Chinese]] in the language of the page.
const listed = (names) => names.map(([english, chinese]) => (navigator.language.startsWith("zh") ? chinese : english)).join(words.comma);

// ---- everything ----------------------------------------------------------------------------------------------------

function mode(edit) {
  editing = edit;
  at("st-read").setAttribute("aria-pressed", String(!edit));
  at("st-edit").setAttribute("aria-pressed", String(edit));
  lay();
}

function lay() {
  const writing = Boolean(value.text), there = Boolean(value.pages) && !writing;
  element.firstElementChild.classList.toggle("editing", editing);
  story.hidden = !writing;
  book.hidden = !there || editing;
  cards.hidden = !there || !editing;
  cast.hidden = cards.hidden || !cast.children.length;
  at("st-tools").hidden = !there;
  at("st-illustrate").hidden = !there || busy() || !value.missing.length;
  const outdated = (value.pages ?? []).filter((page) => page.outdated).length;
  at("st-refresh").hidden = !there || busy() || !outdated;
  at("st-refresh").textContent = say(words.refresh, {n: outdated});
  at("st-layout").hidden = editing;
  if (!acting) layouts.value = value.layout ?? constants.layouts[0];
  layouts.disabled = busy();
  at("st-undo").hidden = at("st-redo").hidden = !editing;
  at("st-undo").disabled = busy() || !value.undo;
  at("st-redo").disabled = busy() || !value.redo;
  write(at("st-hint"), there && !editing && !busy() ? words.edit_hint : "");
  at("st-empty").hidden = there || writing || busy();
}

function span(seconds) {
  return seconds < 90 ? say(words.left_s, {s: Math.max(1, Math.round(seconds))}) : say(words.left_min, {min: Math.round(seconds / 60)});
}

function message() {
  if (value.message) return value.message;
  if (value.phase === "loading") return words.loading;
  if (value.phase === "writing") return words.writing;
  if (value.phase === "drawing") return say(words.drawing, {done: value.done, of: value.of});
  if (value.phase === "stopped") return value.pages ? words.stopped : words.stopped_early;
  return "";
}

// The address of the page leads back to this job while it is kept.
function address() {
  const here = new URL(location.href);
  const open = here.searchParams.get("tab") ?? constants.tab;
  if (open !== constants.tab || (here.searchParams.get("job") ?? "") === (value.job ?? "")) return;
  if (value.job === undefined) return;
  here.searchParams.set("tab", constants.tab);
  if (value.job) here.searchParams.set("job", value.job);
  else here.searchParams.delete("job");
  here.searchParams.delete("r");
  history.replaceState(history.state, "", here);
}

function draw() {
  const now = props.value ?? {}, was = value;
  const nothing = !now.pages && ["failed", "settled", "stopped"].includes(now.phase);
  if (nothing) value = settled; // what was there before stays, with its buttons
  else if (now.phase === "settled") value = {...now, phase: "done", message: ""};
  else if (now.pages || now.phase === "empty") value = now;
  else if (settled.pages && !now.text) value = {...settled, ...now}; // a new one: until its first word, the old one stays
  else value = now;
  if (value.pages && !busy()) settled = value;
  if (busy() || nothing) asked = false;
  if (asked) value = {...value, phase: "loading"};
  const soon = value.phase === "loading" && !value.text;
  write(at("st-badge"), value.recorded ? words.recorded : "");
  at("st-live").hidden = !value.recorded;
  write(at("st-message"), nothing && now.phase === "stopped" ? words.stopped_early : message());
  write(at("st-left"), busy() && value.left ? span(value.left) : "");
  write(at("st-say"), "");
  const bar = at("st-bar");
  bar.classList.toggle("unknown", value.phase === "loading" || value.phase === "writing" || (value.phase === "drawing" && !value.done));
  bar.firstChild.style.width = value.phase === "drawing" && value.of ? (100 * value.done) / value.of + "%" : "0";
  bar.classList.toggle("on", busy());
  element.firstElementChild.classList.toggle("waiting", soon);
  if (value.text && story.textContent !== value.text) {
    const follow = story.scrollHeight - story.scrollTop - story.clientHeight < 60;
    story.textContent = value.text;
    if (follow) story.scrollTop = story.scrollHeight;
  }
  const notices = [...(value.notices ?? []), ...(busy() ? [] : [...(value.about ?? []), ...notesOf(value.pages ?? [])])];
  at("st-notices").hidden = !notices.length || (editing && !value.notices?.length);
  at("st-notices").replaceChildren(...notices.map((text) => make("li", "", text)));
  if (value.pages) {
    showBook();
    showCast();
    showCards();
  }
  lay();
  address();
  visited();
  if (busy() && !["loading", "writing", "drawing"].includes(was.phase)) intoView();
}

// What was started above is worth a look on a small screen.
function intoView() {
  const {top} = element.getBoundingClientRect(), behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
  if (top < 0 || top > innerHeight - 200) element.scrollIntoView({block: "start", behavior});
}

// ---- hands ---------------------------------------------------------------------------------------------------------

// Between the click and the first word of the server others may be served, and models loaded.
(element.closest(".tabitem") ?? document.body).addEventListener("click", (event) => {
  const go = event.target.closest?.(["make", "write", "reproduce"].map((name) => `#${constants.tab}-${name}`).join());
  if (go && !go.disabled && element.isConnected) wait(true);
});
addEventListener("aigc-story-refused", () => wait(false));

function wait(now) {
  asked = now;
  draw();
}

at("st-read").onclick = () => mode(false);
at("st-edit").onclick = () => mode(true);
at("st-illustrate").onclick = () => act("illustrate");
at("st-refresh").onclick = () => act("refresh");
at("st-undo").onclick = () => act("undo");
at("st-redo").onclick = () => act("redo");
at("st-live").onclick = () => trigger("live");
for (const [name, text] of [["st-read", words.read], ["st-edit", words.edit], ["st-illustrate", words.illustrate],
  ["st-undo", words.undo], ["st-redo", words.redo], ["st-live", words.live], ["st-empty", words.empty]])
  at(name).textContent = text;
at("st-layout").firstChild.textContent = words.layout;
layouts.append(...constants.layouts.map((name) => new Option(words["layout_" + name], name)));
layouts.onchange = () => act("layout", {layout: layouts.value});
mode(false);
watch("value", draw);
draw();
