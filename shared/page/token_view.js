// The life of the token view, run by Gradio once per component, behind scripts.js.
//
// received() (made by shared/page/token_view.py):
//   {recorded, message, samples: [{model, precision, title, note, prompt, tokens: [[id, text, probability]],
//    finished, seed, repetition, changed}]}
// The template is a bare skeleton that never changes, so Gradio never redraws it; while a text streams in, only the
// new tokens are added here.

const at = (name) => element.querySelector(".tv-" + name);
const root = element.querySelector(".tv"), columns = at("columns"), pop = at("pop");
const percent = (p) => (p >= 0.995 ? "100 %" : p >= 0.1 ? (100 * p).toFixed(0) + " %" : p >= 0.001 ? (100 * p).toFixed(1) + " %" : "< 0.1 %");
// How much a token of this chance surprises, from 0 (a half or more) to 1 (below 1 in 250), in equal steps of bits.
const surprise = (p) => Math.min(1, Math.max(0, (-Math.log2(Math.max(p, 1e-9)) - 1) / 7));
const END = "\u0003"; // as token_view.py writes it
let value = null;
let open = null; // {column, position} of the token whose alternatives are shown

// ---- the text ------------------------------------------------------------------------------------------------------

function newColumn() {
  const column = make("section", "tv-column");
  const head = column.appendChild(make("div", "tv-head"));
  column.title_ = head.appendChild(make("strong"));
  column.note = head.appendChild(make("span"));
  column.prose = column.appendChild(make("div", "tv-prose"));
  column.prose.tabIndex = -1;
  column.prose.onscroll = () => scrolled(column);
  const text = column.prose.appendChild(make("div"));
  text.setAttribute("role", "group");
  text.setAttribute("aria-label", words.text_label);
  column.prompt = text.appendChild(make("span", "tv-prompt"));
  column.text = text.appendChild(make("span"));
  const foot = column.appendChild(make("div", "tv-foot"));
  column.state = foot.appendChild(make("span"));
  column.seed = foot.appendChild(make("span"));
  column.again = foot.appendChild(make("button", "", words.use_seed));
  column.meter = foot.appendChild(make("span", "tv-meter"));
  column.meter.title = words.repetition_hint;
  column.meter.label = column.meter.appendChild(make("span", "", words.repetition));
  column.meter.bar = column.meter.appendChild(make("i")).appendChild(make("b"));
  column.meter.number = column.meter.appendChild(make("span"));
  column.remedy = foot.appendChild(make("button", "", words.remedy));
  column.again.onclick = () => trigger("reuse", {seed: column.sample.seed});
  column.remedy.onclick = () => trigger("remedy", {sample: index(column)});
  column.tokens = [];
  return column;
}

// Texts side by side are read side by side: where one is scrolled, the others go to the same share of theirs.
const room = ({scrollHeight, clientHeight}) => Math.max(0, scrollHeight - clientHeight);
const more = ({prose}) => prose.classList.toggle("below", room(prose) - prose.scrollTop > 4);

function scrolled(column) {
  more(column);
  const running = value?.samples.some((sample) => sample.finished === "");
  if (running || Math.abs(column.prose.scrollTop - column.led) < 2) return; // led: it was scrolled by another
  const share = column.prose.scrollTop / (room(column.prose) || 1);
  column.led = undefined;
  for (const other of columns.children)
    if (other !== column && room(other.prose)) {
      other.led = Math.round(share * room(other.prose));
      other.prose.scrollTop = other.led;
    }
}

// Of a long prompt the end is shown: the beginning of the answer should be on the screen.
const shownPrompt = ({prompt}) => (prompt.length > 1200 ? "… " + prompt.slice(-1200) : prompt);
const index = (column) => [...columns.children].indexOf(column);

function token([id, text, p], position, changed) {
  const made = make("span", "tok");
  const [, space, word] = /^(\s*)([^]*)$/.exec(text); // the space before a word carries no colour
  if (word) made.append(space, make("b", "", word));
  else made.append(make("b"), space);
  made.classList.toggle("line", !word && space.includes("\n"));
  made.position = position;
  made.style.setProperty("--s", surprise(p ?? 1).toFixed(3));
  made.tabIndex = -1;
  made.setAttribute("role", "button");
  if (p !== null) made.title = say(words.chance, {p: percent(p)});
  if (changed) made.classList.add("changed");
  if (text === END) {
    made.classList.add("end");
    made.replaceChildren(make("b", "", words.the_end));
  } else if (text === "") made.hidden = true; // a part of a character; the next token completes it
  return made;
}

// The end of a text is drawn too, and its place too has alternatives.
const withEnd = (sample) => (sample.finished === "end" ? [...sample.tokens, [null, END, null]] : sample.tokens);

function drawText(column, sample, streams) {
  const old = column.tokens, now = withEnd(sample);
  let same = 0;
  while (same < old.length && same < now.length && old[same][0] === now[same][0] && old[same][2] === now[same][2] &&
    old[same][1] === now[same][1]) same++;
  if (column.changed !== sample.changed) same = 0;
  while (column.text.children.length > same) column.text.lastChild.remove();
  const fresh = document.createDocumentFragment();
  for (let k = same; k < now.length; k++) fresh.append(token(now[k], k, k === sample.changed));
  const follow = column.prose.scrollHeight - column.prose.scrollTop - column.prose.clientHeight < 60;
  column.text.append(fresh);
  if (follow && streams) column.prose.scrollTop = column.prose.scrollHeight;
  more(column);
  column.tokens = now;
  column.changed = sample.changed;
  const reachable = column.text.querySelector('[tabindex="0"]') ?? column.text.firstChild;
  if (reachable) reachable.tabIndex = 0;
}

function drawColumn(column, sample) {
  column.sample = sample;
  const streams = column.classList.contains("running") || sample.finished === ""; // the last words belong to the stream, too
  column.classList.toggle("running", sample.finished === "");
  write(column.title_, {Before: words.before, After: words.after}[sample.title] ?? sample.title);
  const bits = /^([\d.]+) bits per character$/.exec(sample.note); // of the recorded example; a run speaks the language
  write(column.note, bits ? say(words.bits_note, {n: bits[1]}) : sample.note);
  column.title_.parentNode.hidden = !sample.title && !sample.note;
  if (column.prompt.textContent !== shownPrompt(sample)) column.prompt.textContent = shownPrompt(sample);
  drawText(column, sample, streams);
  const done = sample.finished !== "";
  write(column.state, say(words["state_" + (sample.finished || (sample.tokens.length ? "running" : "waiting"))] ?? "", {n: sample.tokens.length}));
  write(column.seed, done && sample.seed !== null ? say(words.seed, {seed: sample.seed}) : "");
  column.again.hidden = !done || sample.seed === null;
  column.meter.hidden = sample.tokens.length < 12;
  column.meter.bar.style.width = Math.round(100 * sample.repetition) + "%";
  column.meter.number.textContent = Math.round(100 * sample.repetition) + " %";
  const high = sample.repetition >= constants.too_repetitive;
  column.meter.classList.toggle("high", high);
  column.remedy.hidden = !(done && high) || value.samples.some((other) => other.title === "Before"); // cured already
}

function draw() {
  const before = value;
  value = received() || {samples: []};
  closePop();
  const samples = value.samples;
  columns.classList.toggle("many", samples.length > 1);
  columns.dataset.n = samples.length;
  while (columns.children.length > samples.length) columns.lastChild.remove();
  while (columns.children.length < samples.length) columns.append(newColumn());
  samples.forEach((sample, i) => drawColumn(columns.children[i], sample));
  write(at("badge"), value.recorded ? words.recorded : "");
  at("live").hidden = !value.recorded;
  write(at("message"), value.message ?? "");
  const settled = samples.some((sample) => sample.finished && sample.tokens.length);
  // Their lines are kept free while a text is written, so that nothing below moves when it is done.
  write(at("try"), samples.length ? words.try_it : "");
  write(at("bits"), samples.some((sample) => sample.note) ? words.bits : "");
  root.classList.toggle("settled", settled);
  const running = samples.some((sample) => sample.finished === "");
  const started = running && !before?.samples?.some((sample) => sample.finished === "");
  if (started && root.getBoundingClientRect().top > innerHeight - 160) root.scrollIntoView({behavior: "smooth"}); // on a phone
  if (!running && before?.samples?.some((sample) => sample.finished === ""))
    at("hidden").textContent = samples.map((sample) => sample.prompt + sample.tokens.map((t) => t[1]).join("")).join("\n");
}

// ---- alternatives --------------------------------------------------------------------------------------------------

function closePop(giveFocusBack) {
  if (!open) return;
  const node = open.node;
  node.classList.remove("chosen");
  open.column.classList.remove("attending");
  if (open.column.prompt.children.length) open.column.prompt.textContent = shownPrompt(open.column.sample);
  open = null;
  pop.hidden = true;
  if (giveFocusBack) node.focus();
}

function place() {
  const box = root.getBoundingClientRect(), word = open.node.getClientRects()[0] ?? box;
  const left = Math.max(0, Math.min(word.left - box.left - 12, box.width - pop.offsetWidth));
  pop.style.left = left + "px";
  pop.style.top = word.bottom - box.top + 8 + "px";
  pop.scrollIntoView({block: "nearest", behavior: "smooth"});
}

// " fox" begins a word, "ed" goes on with one: the difference is shown, for it decides how the text reads on.
function shown(text, id) {
  const made = make("span");
  if (text === END) return made.append(make("i", "", words.the_end)), made;
  if (/^\s*\n/.test(text)) return made.append(make("i", "", words.new_line)), made;
  if (text === "" || /^\ufffd+$/.test(text)) return made.append(make("i", "", words.part)), made;
  if (!text.startsWith(" ")) made.append(make("i", "", "…"));
  made.append(text.replace(/^ /, ""));
  return made;
}

async function openPop(node) {
  closePop();
  const column = node.closest(".tv-column"), sample = column.sample, position = node.position;
  const [id, text, p] = withEnd(sample)[position];
  const mine = (open = {node, column, position});
  node.classList.add("chosen");
  pop.replaceChildren();
  const head = pop.appendChild(make("header"));
  const word = head.appendChild(make("strong"));
  word.append(...shown(text, id).childNodes);
  const cross = head.appendChild(make("button", "", "×"));
  cross.setAttribute("aria-label", words.close);
  cross.onclick = () => closePop(true);
  const line = pop.appendChild(make("p", "", p === null ? "…" : say(words.had_chance, {p: percent(p)})));
  const list = pop.appendChild(make("ol"));
  const more = pop.appendChild(make("div", "tv-more"));
  pop.hidden = false;
  place();
  const asked = {model: sample.model, precision: sample.precision, prompt: sample.prompt,
    ids: sample.tokens.slice(0, position).map((t) => t[0]), text: sample.tokens.slice(0, position).map((t) => t[1]).join("")};
  const answer = await ask("token_choices", asked);
  if (open !== mine) return;
  if (answer.error) {
    line.textContent = answer.error;
    return;
  }
  const had = p ?? answer.choices.find((choice) => choice[1] === END)?.[2];
  line.textContent = (had === undefined ? "" : say(words.had_chance, {p: percent(had)}) + " ") + words.choose;
  for (const [other, otherText, chance] of answer.choices) {
    const button = list.appendChild(make("li")).appendChild(make("button", "tv-choice"));
    button.style.setProperty("--w", chance);
    button.append(shown(otherText, other), make("em", "", percent(chance)));
    const same = id < 0 ? otherText === text : other === id; // a server on another machine says no ids
    if (same || (text === END && otherText === END)) button.setAttribute("aria-current", "true");
    button.onclick = () => {
      trigger("fork", {sample: index(column), position, id: other, text: otherText, probability: chance});
      closePop();
    };
  }
  (list.querySelector('[aria-current="true"]') ?? list.querySelector("button"))?.focus({preventScroll: true});
  more.hidden = id < 0; // of a server on another machine nobody knows where it looked
  if (!answer.attention) return more.append(make("p", "", words.no_attention));
  const look = more.appendChild(make("button", "tv-look", words.where));
  let gaze = null, heads = null;
  look.onclick = async () => {
    if (list.hidden) { // back to the alternatives
      column.classList.remove("attending");
      heads.hidden = true;
      list.hidden = line.hidden = false;
      look.textContent = words.where;
      return;
    }
    gaze ??= await ask("token_attention", asked);
    if (open !== mine) return;
    list.hidden = line.hidden = true;
    look.textContent = words.back;
    heads ??= pop.insertBefore(make("div"), more);
    heads.hidden = false;
    heads.replaceChildren();
    if (gaze.error) heads.append(make("p", "", gaze.error));
    else drawHeads(heads, gaze, column);
    place();
  };
}

async function ask(name, data) {
  try {
    return await server[name](data);
  } catch {
    return {error: words.failed};
  }
}

// ---- attention -----------------------------------------------------------------------------------------------------

const unpacked = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const plainWord = (text) => text.trim() || (text.includes("\n") ? "↵" : "·");

// The last words against each other: a row is a word that looks, a column one that is looked at.
function newMatrix(near) {
  const box = make("div", "tv-matrix"), n = near.length, cells = [];
  box.style.setProperty("--n", n);
  box.setAttribute("role", "img");
  box.setAttribute("aria-label", words.matrix);
  box.append(make("span", "tv-corner"));
  for (const text of near) box.appendChild(make("span", "tv-across")).append(make("span", "", plainWord(text)));
  near.forEach((text, i) => {
    box.append(make("span", "tv-down", plainWord(text)));
    for (let j = 0; j < n; j++) cells.push(box.appendChild(make("i", j > i ? "later" : "")));
  });
  const fill = (weights) => cells.forEach((cell, k) => {
    const from = plainWord(near[Math.floor(k / n)]), to = plainWord(near[k % n]);
    cell.style.setProperty("--w", weights[k] / 255);
    cell.title = say(words.cell, {from, to, p: Math.round((100 * weights[k]) / 255)});
  });
  return {box, fill};
}

// gaze: {layers, heads, n, skipped, prompt: [text], weights: base64 of one byte per layer, head and token (0 to 255),
//   near: [text], matrix: the same of the last tokens, each looking at each}
function drawHeads(box, gaze, column) {
  const bytes = unpacked(gaze.weights), squares = unpacked(gaze.matrix), size = gaze.near.length ** 2;
  const row = (layer, head) => bytes.subarray((layer * gaze.heads + head) * gaze.n, (layer * gaze.heads + head + 1) * gaze.n);
  const looks = gaze.prompt.map((text) => make("span", "look", text));
  column.prompt.replaceChildren(...looks);
  const nodes = [...Array(gaze.skipped).fill(null), ...looks, ...column.text.children];
  const line = box.appendChild(make("p", "", ""));
  const why = box.appendChild(make("p", "", words.looked_why));
  box.append(make("small", "", words.axes));
  const grid = box.appendChild(make("div", "tv-heads"));
  const cell = Math.max(8, Math.min(22, Math.floor(270 / gaze.heads) - 2));
  grid.style.gridTemplateColumns = `repeat(${gaze.heads}, ${cell}px)`;
  grid.style.setProperty("--cell", cell + "px");
  grid.setAttribute("role", "group");
  grid.setAttribute("aria-label", words.heads);
  column.classList.add("attending");
  const select = (button) => {
    grid.querySelector('[aria-pressed="true"]')?.setAttribute("aria-pressed", "false");
    button.setAttribute("aria-pressed", "true");
    const weights = row(button.layer, button.head);
    const highest = Math.max(...weights.subarray(1), 1); // the first token is where a head looks when it has nothing to do
    nodes.forEach((node, i) => node?.style.setProperty("--a", i < gaze.n ? Math.min(1, weights[i] / highest) : 0));
    line.textContent = say(words.looked, {layer: button.layer + 1, head: button.head + 1,
      first: Math.round((100 * weights[0]) / 255)});
    const place = button.layer * gaze.heads + button.head;
    matrix.fill(squares.subarray(place * size, (place + 1) * size));
    why.hidden = button !== best;
  };
  box.append(make("small", "", words.matrix));
  const matrix = newMatrix(gaze.near);
  box.append(matrix.box);
  // A head is coloured by how firmly it looks at one word, the first apart: there it rests when it has nothing to do.
  const reach = (layer, head) => Math.max(0, ...row(layer, head).subarray(1)) / 255;
  const all = Array.from({length: gaze.layers * gaze.heads}, (_, i) => reach(Math.floor(i / gaze.heads), i % gaze.heads));
  const least = Math.min(...all), range = Math.max(...all) - least || 1;
  let best = null, most = -1;
  for (let layer = 0; layer < gaze.layers; layer++)
    for (let head = 0; head < gaze.heads; head++) {
      const button = grid.appendChild(make("button"));
      Object.assign(button, {layer, head, tabIndex: -1});
      const busy = reach(layer, head);
      button.style.setProperty("--w", (busy - least) / range);
      button.setAttribute("aria-label", say(words.layer_head, {layer: layer + 1, head: head + 1}));
      button.setAttribute("aria-pressed", "false");
      button.onclick = button.onpointerenter = button.onfocus = () => select(button);
      if (busy > most) [best, most] = [button, busy];
    }
  grid.onkeydown = (event) => {
    const step = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -gaze.heads, ArrowDown: gaze.heads}[event.key];
    const next = step && grid.children[[...grid.children].indexOf(event.target) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  };
  best.tabIndex = 0;
  best.focus({preventScroll: true});
  select(best);
}

// ---- hands ---------------------------------------------------------------------------------------------------------

columns.addEventListener("click", (event) => {
  const node = event.target.closest(".tok");
  if (node) openPop(node);
});
columns.addEventListener("keydown", (event) => {
  const node = event.target.closest(".tok");
  if (!node) return;
  const all = [...node.parentNode.children].filter((other) => !other.hidden), here = all.indexOf(node);
  const next = {ArrowRight: all[here + 1], ArrowLeft: all[here - 1], Home: all[0], End: all.at(-1)}[event.key];
  if (event.key === "Enter" || event.key === " ") openPop(node);
  else if (next) {
    node.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  } else return;
  event.preventDefault();
});
element.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && open) {
    event.stopPropagation();
    closePop(true);
  }
});
const outside = (event) => {
  if (!element.isConnected) return document.removeEventListener("pointerdown", outside);
  if (open && !pop.contains(event.target) && !event.target.closest?.(".tok")) closePop();
};
document.addEventListener("pointerdown", outside);
at("live").onclick = () => trigger("live");
const colours = at("switch").querySelector("input");
colours.onchange = () => root.classList.toggle("plain", !colours.checked);
for (const [name, text] of [["live", words.live], ["sure", words.sure], ["surprised", words.surprised], ["colours", words.colours]])
  at(name).textContent = text;
at("legend").title = words.legend;
pop.setAttribute("aria-label", words.alternatives);
watch("value", draw);
draw();
