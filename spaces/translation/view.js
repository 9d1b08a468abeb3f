// Draws the value of view.py: both texts, the words of one sentence with lines between them, its beams, the others.

const find = (name) => element.querySelector(`.tr-${name}`);
const percent = (share) => (share > 0.995 ? "> 99 %" : share < 0.005 ? "< 1 %" : `${Math.round(100 * share)} %`);
const FAINT = 0.05; // a look that is less than this share of one word's is not drawn
let value = {}, chosen = 0, beam = 0, pointed = null;

const sentence = () => value.sentences[chosen];
const written = () => sentence().beams[beam] || sentence().beams[0];

// ---- both texts ----------------------------------------------------------------------------------------------------

function sides() {
  const [from, to] = element.querySelectorAll(".tr-sides h4");
  from.textContent = words[value.source];
  to.textContent = words[value.target];
  find("source").lang = value.source;
  find("target").lang = value.target;
  const parts = { source: [], target: [] };
  value.sentences.forEach((one, i) => {
    const before = i && one.line !== value.sentences[i - 1].line ? "\n" : i ? " " : "";
    for (const side of ["source", "target"]) {
      const part = make("span", "tr-sentence"), language = value[side];
      parts[side].push(document.createTextNode(before === " " && language === "zh" ? "" : before), part);
      const marked = side === "source" ? one.words : one.beams[0].words;
      marked.forEach(([text, space, named, fact], n) => {
        if (space && n) part.append(" ");
        part.append(mark(make("span", "", text), named, side === "source" ? fact : fact < constants.unsure, side));
      });
      part.dataset.i = i;
      part.onclick = () => choose(i);
      part.onpointerenter = () => light(i);
      part.onpointerleave = () => light(null);
    }
  });
  find("source").replaceChildren(...parts.source);
  find("target").replaceChildren(...parts.target);
  light(null);
}

function mark(node, named, doubted, side) {
  node.classList.toggle("named", named);
  node.classList.toggle(side === "source" ? "unknown" : "unsure", Boolean(doubted) && !named);
  return node;
}

function light(i) {
  element.querySelectorAll(".tr-sentence").forEach((part) => {
    part.classList.toggle("lit", Number(part.dataset.i) === i);
    part.classList.toggle("chosen", value.sentences.length > 1 && Number(part.dataset.i) === chosen);
  });
}

function key() {
  const facts = [], some = (test) => value.sentences.some(test);
  if (some((one) => one.beams[0].words.some(([, , named, chance]) => !named && chance < constants.unsure))) facts.push(["unsure", words.key_unsure]);
  if (some((one) => one.words.some(([, , , unknown]) => unknown))) facts.push(["unknown", words.key_unknown]);
  if (some((one) => one.words.some(([, , named]) => named))) facts.push(["named", words.key_named]);
  find("key").replaceChildren(...facts.flatMap(([kind, text]) => {
    const item = make("span", "tr-item");
    item.append(make("span", kind, words.sample), ` ${text}`);
    return [item];
  }));
  find("key").hidden = !facts.length;
}

function choose(i) {
  chosen = i;
  beam = 0;
  light(null);
  detail();
}

// ---- one sentence --------------------------------------------------------------------------------------------------

function detail() {
  pointed = null;
  find("title").textContent = say(words.title, { n: chosen + 1, of: value.sentences.length });
  const rows = [["from", sentence().words, value.source], ["to", written().words, value.target]];
  for (const [name, list, language] of rows) {
    find(name).lang = language;
    find(name).replaceChildren(...list.map(([text, , named, fact], n) => {
      const chip = make("button", "tr-word", text);
      chip.type = "button";
      mark(chip, named, name === "from" ? fact : fact < constants.unsure, name === "from" ? "source" : "target");
      const point = () => { pointed = [name, n]; lines(); };
      chip.onpointerenter = point;
      chip.onfocus = point;
      chip.onclick = point;
      return chip;
    }));
  }
  beams();
  lines();
}

function looks() {
  // [row, column, strength] of the lines to draw: all of the word that is pointed at, else the strongest of each.
  const across = written().across, found = [];
  across.forEach((row, t) => {
    const most = Math.max(...row, 1e-9);
    row.forEach((weight, s) => {
      if (!pointed && weight === most) found.push([t, s, Math.min(1, 0.25 + weight)]);
      if (pointed && weight > FAINT && pointed[1] === (pointed[0] === "to" ? t : s)) found.push([t, s, weight]);
    });
  });
  return found;
}

function lines() {
  const svg = element.querySelector(".tr-loom svg"), box = find("loom").getBoundingClientRect();
  const from = [...find("from").children], to = [...find("to").children], drawn = looks();
  svg.setAttribute("viewBox", `0 0 ${box.width} ${box.height}`);
  const place = (node) => {
    const at = node.getBoundingClientRect();
    return { x: at.left - box.left + at.width / 2, top: at.top - box.top, bottom: at.bottom - box.top };
  };
  svg.replaceChildren(...drawn.map(([t, s, strength]) => {
    const a = place(from[s]), b = place(to[t]), middle = (a.bottom + b.top) / 2;
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", `M ${a.x} ${a.bottom} C ${a.x} ${middle}, ${b.x} ${middle}, ${b.x} ${b.top}`);
    path.style.setProperty("--strength", strength.toFixed(2));
    return path;
  }));
  const inside = pointed && pointed[0] === "from" ? sentence().inside[pointed[1]] : null;
  const ends = { from: new Set(drawn.map(([, s]) => s)), to: new Set(drawn.map(([t]) => t)) };
  for (const [name, chips] of [["from", from], ["to", to]]) {
    chips.forEach((chip, n) => {
      const here = pointed && pointed[0] === name && pointed[1] === n;
      chip.classList.toggle("at", Boolean(here));
      chip.classList.toggle("far", Boolean(pointed) && !here && !ends[name].has(n) && !(name === "from" && inside));
      const look = name === "from" && inside && !here ? inside[n] : 0;
      chip.style.setProperty("--look", look.toFixed(2));
    });
  }
  tell();
}

function tell() {
  if (!pointed) return write(find("tell"), words.hint);
  const [side, n] = pointed, list = side === "from" ? sentence().words : written().words;
  const strongest = (weights, names) => weights.map((weight, i) => [names[i][0], weight]).filter(([, weight]) => weight > FAINT)
    .sort((a, b) => b[1] - a[1]).slice(0, 3).map(([name, weight]) => `${name} ${percent(weight)}`).join(words.comma);
  const word = list[n][0], parts = [];
  if (side === "to") {
    const [, , named, chance, others] = list[n];
    parts.push(say(words.looked, { word, at: strongest(written().across[n], sentence().words) || words.nowhere }));
    parts.push(named ? words.by_table : say(words.sure, { chance: percent(chance) }));
    const instead = others.filter(([text, other]) => text && other > 0.01).map(([text, other]) => `${text} ${percent(other)}`);
    if (!named && instead.length) parts.push(say(words.instead, { words: instead.join(words.comma) }));
  } else {
    const seen = written().across.map((row) => row[n]);
    parts.push(say(words.seen, { word, by: strongest(seen, written().words) || words.nobody }));
    const inside = sentence().inside[n];
    if (inside) parts.push(say(words.inside, { at: strongest(inside, sentence().words) || words.nowhere }));
    if (list[n][3]) parts.push(words.never_met);
  }
  write(find("tell"), parts.join(" "));
}

function beams() {
  const found = sentence().beams, most = found[0].worth || 1;
  find("beams").replaceChildren(...found.map((one, i) => {
    const item = make("li"), button = make("button", "tr-beam", ""), bar = make("i");
    button.type = "button";
    button.setAttribute("aria-pressed", i === beam);
    bar.style.setProperty("--at", one.worth / most);
    const text = make("span", "", one.text);
    text.lang = value.target;
    button.append(text, bar, make("b", "", percent(one.worth)));
    button.onclick = () => { beam = i; detail(); find("beams").children[i].firstChild.focus(); };
    item.append(button);
    return item;
  }));
}

// ---- the others ----------------------------------------------------------------------------------------------------

function others() {
  const rows = [...value.others.map((one) => [...one, value.target]), ...value.back.map(([title, text]) => [say(words.back, { title }), text, value.source])];
  find("others").hidden = !rows.length;
  find("others").querySelector("dl").replaceChildren(...rows.flatMap(([title, text, language]) => {
    const said = make("dd", "", text);
    said.lang = language;
    return [make("dt", "", title), said];
  }));
}

function draw() {
  const before = JSON.stringify(value.sentences);
  value = received() || {};
  write(find("badge"), value.recorded ? words.recorded : "");
  write(find("message"), value.message || "");
  const there = Boolean(value.sentences && value.sentences.length);
  find("found").hidden = !there;
  if (!there) return;
  others();
  if (JSON.stringify(value.sentences) === before) return;
  if (!before || !JSON.stringify(value.sentences).startsWith(before.slice(0, -1))) chosen = beam = 0;
  sides();
  key();
  detail();
}

find("beams-title").textContent = words.beams_title;
find("others").querySelector("h4").textContent = words.others_title;
find("loom").addEventListener("pointerleave", () => { pointed = null; if (value.sentences) lines(); });
new ResizeObserver(() => { if (value.sentences && value.sentences.length) lines(); }).observe(find("loom"));
watch("value", draw);
draw();
