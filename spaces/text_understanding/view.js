// Draws the value of view.py: verdict, meter, coloured words, what is left without the strongest, the arc, the others.

const find = (name) => element.querySelector(`.tu-${name}`);
const percent = (chance) => (chance > 0.995 ? "> 99 %" : chance < 0.005 ? "< 1 %" : `${Math.round(100 * chance)} %`);
const signed = (number) => `${number < 0 ? "−" : "+"}${Math.abs(number).toFixed(2)}`;
const side = (chance) => (Math.max(chance, 1 - chance) < constants.unsure ? "unsure" : chance > 0.5 ? "good" : "bad");
const STRONG = 1.2; // an effect on the logit that has the full colour
let value = {};

function meter(chance) {
  find("meter").style.setProperty("--at", chance);
  find("meter").setAttribute("aria-label", say(words.meter, { chance: percent(chance) }));
  const strong = element.querySelector(".tu-verdict strong");
  strong.textContent = words[side(chance)];
  strong.className = side(chance);
  element.querySelector(".tu-by").textContent = say(words.by, { title: value.title, chance: percent(chance) });
}

function text() {
  const box = find("text"), out = new Set(value.order.slice(0, removed()));
  let word = -1;
  box.replaceChildren(...value.pieces.map(([piece, effect]) => {
    if (effect === null) return document.createTextNode(piece);
    word += 1;
    const made = make("span", "tu-word", piece);
    made.style.setProperty("--strength", Math.min(1, Math.abs(effect) / STRONG).toFixed(2));
    made.classList.add(effect > 0 ? "good" : "bad");
    made.classList.toggle("out", out.has(word));
    made.title = say(words.adds, { word: piece, effect: signed(effect) });
    return made;
  }));
}

const removed = () => Number(find("remove").querySelector("input").value);

function remove() {
  const n = removed(), chance = n ? value.removed[n - 1] : value.chance;
  find("remove").querySelector("span").textContent = say(words.remove, { n });
  const spans = value.pieces.filter(([, effect]) => effect !== null).map(([piece]) => piece);
  const gone = value.order.slice(0, n).map((i) => spans[i]).join(", ");
  write(find("without"), n ? say(words.without, { words: gone, chance: percent(chance) }) : words.without_none);
  meter(chance);
  text();
}

function arc() {
  const lines = value.sentences, box = find("arc"), svg = box.querySelector("svg");
  box.hidden = lines.length < 3;
  if (box.hidden) return;
  const x = (i) => 10 + (580 * i) / (lines.length - 1), y = (chance) => 140 - 130 * chance;
  const draw = (tag, facts) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, fact] of Object.entries(facts)) made.setAttribute(name, fact);
    return made;
  };
  const points = lines.map(([, chance], i) => `${x(i)},${y(chance)}`).join(" ");
  svg.replaceChildren(
    draw("line", { x1: 0, x2: 600, y1: y(0.5), y2: y(0.5), class: "half" }), draw("polyline", { points }),
    ...lines.map(([, chance], i) => draw("line", { x1: x(i), x2: x(i), y1: y(chance), y2: y(chance), class: "dot" })),
  );
  svg.setAttribute("aria-label", say(words.arc_label, { chances: lines.map(([, chance]) => percent(chance)).join(", ") }));
  svg.setAttribute("tabindex", "0");
  let at = -1;
  const tell = (i) => {
    at = Math.max(0, Math.min(lines.length - 1, i));
    svg.querySelectorAll(".dot").forEach((dot, j) => dot.classList.toggle("at", j === at));
    write(find("at"), say(words.at, { n: at + 1, chance: percent(lines[at][1]), sentence: lines[at][0] }));
  };
  write(find("at"), words.arc_hint);
  svg.onpointermove = (event) => {
    const box = svg.getBoundingClientRect();
    tell(Math.round(((event.clientX - box.left) / box.width) * (lines.length - 1)));
  };
  svg.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    tell(at + step);
  };
}

function others() {
  find("others").hidden = !value.others.length;
  find("others").querySelector("tbody").replaceChildren(...value.others.map(([title, chance]) => {
    const row = make("tr"), bar = make("i");
    bar.style.setProperty("--at", chance);
    const cell = make("td", "tu-bar");
    cell.append(bar);
    row.append(make("td", "", title), make("td", side(chance), words[side(chance)]), cell, make("td", "", percent(chance)));
    return row;
  }));
}

function summed() {
  const box = find("summed");
  box.hidden = !value.summary;
  if (box.hidden) return;
  box.querySelector("h4").textContent = say(words.summed, { title: value.title });
  box.querySelector("blockquote").textContent = value.summary;
  const chosen = new Set(value.places);
  find("marked-title").hidden = find("marked").hidden = !chosen.size;
  find("marked-title").textContent = say(words.marked, { n: chosen.size, of: value.of.length });
  find("marked").replaceChildren(...value.of.flatMap((sentence, i) => [make(chosen.has(i) ? "mark" : "span", "", sentence), " "]));
}

function draw() {
  const before = value.pieces;
  value = received() || {};
  write(find("badge"), value.recorded ? words.recorded : "");
  const unread = value.unread ? say(words.unread, { n: value.unread }) : "";
  write(find("message"), value.message || unread);
  summed();
  find("found").hidden = !value.pieces;
  if (!value.pieces) return;
  const slider = find("remove").querySelector("input");
  slider.max = value.removed.length;
  if (JSON.stringify(before) !== JSON.stringify(value.pieces)) slider.value = 0;
  find("remove").hidden = !value.removed.length;
  remove();
  arc();
  others();
}

find("words-title").textContent = words.words_title;
find("bad").textContent = words.legend_bad;
find("good").textContent = words.legend_good;
find("arc").querySelector("h4").textContent = words.arc_title;
find("others").querySelector("h4").textContent = words.others_title;
element.querySelectorAll(".tu-ends span").forEach((node, i) => { node.textContent = [words.bad_end, words.good_end][i]; });
find("remove").querySelector("input").addEventListener("input", remove);
watch("value", draw);
draw();
