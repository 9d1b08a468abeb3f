// The dial: what was measured of every model as a curve, where each of them stands now, and what it makes there.

const NS = "http://www.w3.org/2000/svg", WIDE = 640, HIGH = 360, LEFT = 56, RIGHT = 16, TOP = 28, BOTTOM = 44;
const COLOURS = [1, 2, 3, 4, 5].map((i) => `var(--model-${i})`);
const slider = element.querySelector("input");
const percent = (share) => `${Math.round(100 * share)} %`;

function svg(tag, facts, text) {
  const made = document.createElementNS(NS, tag);
  for (const [key, one] of Object.entries(facts)) made.setAttribute(key, one);
  if (text) made.textContent = text;
  return made;
}

// [setting, figure, diversity] of a curve at the dial's place, between those that were measured.
function here(curve) {
  const at = Number(slider.value) * (curve.length - 1), before = Math.min(Math.floor(at), curve.length - 2);
  return curve[before].map((from, i) => from + (at - before) * (curve[before + 1][i] - from));
}

// A plot of these models and a row for each: their colours, {low, high, step, write} of the upright axis, what stands
// at it and along the other, and the name of real work, where diversity is 1; fill(row) adds what is shown of a model.
function panel(i, all, axis, names, fill) {
  const plot = element.querySelectorAll("svg")[i], places = element.querySelectorAll(".ar-places")[i];
  const most = Math.max(1.1, ...all.flatMap((one) => one.curve.map((point) => point[2])));
  const x = (diversity) => LEFT + ((WIDE - LEFT - RIGHT) * diversity) / most;
  const y = (figure) => TOP + ((HIGH - TOP - BOTTOM) * (axis.high - figure)) / (axis.high - axis.low);
  for (let at = axis.low; at < axis.high + axis.step / 10; at += axis.step) {
    plot.append(svg("line", { class: "grid", x1: LEFT, x2: WIDE - RIGHT, y1: y(at), y2: y(at) }));
    plot.append(svg("text", { x: LEFT - 8, y: y(at) + 4, "text-anchor": "end" }, axis.write(at)));
  }
  for (let d = 0; d <= most; d += 0.25)
    plot.append(svg("text", { x: x(d), y: HIGH - BOTTOM + 18, "text-anchor": "middle" }, d.toFixed(2)));
  plot.append(svg("line", { class: "real", x1: x(1), x2: x(1), y1: TOP, y2: HIGH - BOTTOM }));
  if (axis.real) plot.append(svg("line", { class: "real", x1: LEFT, x2: WIDE - RIGHT, y1: y(axis.real), y2: y(axis.real) }));
  plot.append(svg("text", { x: x(1) - 5, y: HIGH - BOTTOM - 6, "text-anchor": "end" }, names.real));
  plot.append(svg("text", { x: (LEFT + WIDE) / 2, y: HIGH - 6, "text-anchor": "middle" }, names.along));
  plot.append(svg("text", { x: 0, y: 12 }, names.up));
  const rows = all.map((one, j) => {
    const points = one.curve.map(([, figure, d]) => `${x(d)},${y(figure)}`).join(" ");
    plot.append(svg("polyline", { class: "curve", points, style: `stroke: ${COLOURS[j]}` }));
    const dot = svg("circle", { class: "here", r: 7, style: `fill: ${COLOURS[j]}` });
    plot.append(dot);
    const row = make("section", "ar-row"), name = make("div", "ar-name"), setting = make("span", "ar-quiet");
    const title = make("strong", "", one.title), mark = make("i", "ar-dot"), figures = make("span", "ar-quiet ar-measured");
    mark.style.background = COLOURS[j];
    title.prepend(mark);
    name.append(title, setting);
    row.append(name, fill(one), figures);
    places.append(row);
    return { one, dot, setting, figures };
  });
  return () => {
    for (const { one, dot, setting, figures } of rows) {
      const [at, figure, diversity] = here(one.curve);
      dot.setAttribute("cx", x(diversity));
      dot.setAttribute("cy", y(figure));
      write(setting, say(words.knob, { knob: words[one.knob], setting: at.toFixed(2) }));
      write(figures, say(names.measured, { figure: axis.write(figure), diversity: diversity.toFixed(2) }));
    }
    plot.setAttribute("aria-label", `${names.up} ${rows.map(({ one, figures }) => `${one.title}: ${figures.textContent}`).join("; ")}`);
  };
}

// Asks for a place at a time; the newest as soon as the last answer is here.
function asker(answer, put) {
  let wanted = 0, busy = false;
  return async () => {
    wanted = Number(slider.value);
    if (busy) return;
    busy = true;
    for (let had = -1; had !== wanted; ) {
      had = wanted;
      try {
        put(await answer(had));
        write(element.querySelector(".ar-said"), "");
      } catch {
        write(element.querySelector(".ar-said"), words.failed);
      }
    }
    busy = false;
  };
}

const shown = {};
function pictures(one) {
  const strip = shown[one.model] = make("div", "ar-pictures");
  for (let i = 0; i < constants.n; i++) strip.append(make("span", "ar-picture"));
  return strip;
}
function putPictures(sprites) {
  for (const [model, sprite] of Object.entries(sprites))
    [...shown[model].children].forEach((node, i) => {
      show(node, sprite, i, constants.n);
      node.setAttribute("role", "img");
      node.setAttribute("aria-label", say(words.picture, { i: i + 1 }));
    });
}
function text(one) {
  const node = shown[one.model] = make("p", "ar-text");
  node.lang = "en";
  return node;
}
function putTexts(texts) {
  for (const [model, text] of Object.entries(texts))
    shown[model].replaceChildren(make("span", "ar-quiet", constants.opening), text);
}

const { digits, texts } = constants;
const least = Math.min(...digits.flatMap((one) => one.curve.map((point) => point[1])));
const bits = texts.flatMap((one) => one.curve.map((point) => point[1]));
const moves = [
  panel(0, digits, { low: Math.floor(10 * least - 0.2) / 10, high: 1, step: 0.1, write: percent },
    { up: words.fidelity, along: words.diversity, real: words.handwriting, measured: words.measured }, pictures),
  panel(1, texts, { low: 0, high: Math.ceil(Math.max(...bits)), step: 0.5, write: (n) => n.toFixed(1), real: texts[0].real },
    { up: words.surprise, along: words.distinct, real: words.people, measured: words.measured_text }, text),
];
const asks = [asker(server.arena_dial, putPictures), asker(server.arena_dial_text, putTexts)];
const [careful, wild] = element.querySelectorAll(".ar-slide span");
careful.textContent = words.careful;
wild.textContent = words.wild;
element.querySelector(".ar-writing").textContent = words.writing;
slider.setAttribute("aria-label", words.dial);
const turned = () => [...moves, ...asks].forEach((act) => act());
slider.addEventListener("input", turned);
turned();
