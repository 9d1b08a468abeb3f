// The dial: what was measured of every model as a curve, where each of them stands now, and what it draws there.

const find = (name) => element.querySelector(`.ar-${name}`);
const NS = "http://www.w3.org/2000/svg", WIDE = 640, HIGH = 360, LEFT = 56, RIGHT = 16, TOP = 28, BOTTOM = 44;
const COLOURS = { gan: "#d97706", vae: "#7c3aed", flow: "#0d746e", diffusion: "#2563eb" };
const slider = element.querySelector("input"), plot = element.querySelector("svg");
const all = constants.curves.filter((one) => constants.shown.includes(one.model));
const most = Math.max(1.1, ...all.flatMap((one) => one.curve.map((point) => point[2])));
const FLOOR = Math.max(0, Math.floor(10 * Math.min(...all.flatMap((one) => one.curve.map((point) => point[1]))) - 0.2) / 10);
const x = (diversity) => LEFT + ((WIDE - LEFT - RIGHT) * diversity) / most;
const y = (fidelity) => TOP + (HIGH - TOP - BOTTOM) * (1 - (fidelity - FLOOR) / (1 - FLOOR));
let asked = 0, busy = false;

function svg(tag, facts, text) {
  const made = document.createElementNS(NS, tag);
  for (const [key, one] of Object.entries(facts)) made.setAttribute(key, one);
  if (text) made.textContent = text;
  return made;
}

// [setting, fidelity, diversity] of a curve at the dial's place, between those that were measured.
function here(curve) {
  const at = Number(slider.value) * (curve.length - 1), before = Math.min(Math.floor(at), curve.length - 2);
  return curve[before].map((from, i) => from + (at - before) * (curve[before + 1][i] - from));
}

function axes() {
  plot.replaceChildren();
  for (let share = FLOOR; share < 1.01; share += 0.1) {
    plot.append(svg("line", { class: "grid", x1: LEFT, x2: WIDE - RIGHT, y1: y(share), y2: y(share) }));
    plot.append(svg("text", { x: LEFT - 8, y: y(share) + 4, "text-anchor": "end" }, `${Math.round(100 * share)} %`));
  }
  for (let d = 0; d <= most; d += 0.25)
    plot.append(svg("text", { x: x(d), y: HIGH - BOTTOM + 18, "text-anchor": "middle" }, d.toFixed(2)));
  plot.append(svg("line", { class: "real", x1: x(1), x2: x(1), y1: TOP, y2: HIGH - BOTTOM }));
  plot.append(svg("text", { x: x(1) + 5, y: HIGH - BOTTOM - 6 }, words.handwriting));
  plot.append(svg("text", { x: (LEFT + WIDE) / 2, y: HIGH - 6, "text-anchor": "middle" }, words.diversity));
  plot.append(svg("text", { x: 0, y: 12 }, words.fidelity));
  for (const one of all) {
    const points = one.curve.map(([, f, d]) => `${x(d)},${y(f)}`).join(" ");
    plot.append(svg("polyline", { class: "curve", points, style: `stroke: ${COLOURS[one.family]}` }));
    plot.append(svg("circle", { class: "here", r: 7, "data-model": one.model, style: `fill: ${COLOURS[one.family]}` }));
  }
}

const places = new Map(all.map((one) => {
  const row = make("section", "ar-row"), name = make("div", "ar-name"), pictures = make("div", "ar-pictures");
  const dot = make("i", "ar-dot");
  dot.style.background = COLOURS[one.family];
  const title = make("strong", "", one.title);
  title.prepend(dot);
  const setting = make("span", "ar-quiet");
  name.append(title, setting);
  for (let i = 0; i < constants.n; i++) pictures.append(make("span", "ar-picture"));
  const figures = make("span", "ar-quiet ar-measured");
  row.append(name, pictures, figures);
  find("places").append(row);
  return [one.model, { setting, pictures, figures }];
}));

function move() {
  for (const one of all) {
    const [setting, fidelity, diversity] = here(one.curve), at = places.get(one.model);
    const dot = plot.querySelector(`[data-model="${one.model}"]`);
    dot.setAttribute("cx", x(diversity));
    dot.setAttribute("cy", y(fidelity));
    write(at.setting, say(words.knob, { knob: words[one.knob], setting: setting.toFixed(2) }));
    write(at.figures, say(words.measured, { fidelity: `${Math.round(100 * fidelity)} %`, diversity: diversity.toFixed(2) }));
  }
  const facts = all.map((one) => `${one.title}: ${places.get(one.model).figures.textContent}`).join("; ");
  plot.setAttribute("aria-label", `${words.plot} ${facts}`);
}

// The newest place is asked for as soon as the last answer is here.
async function ask() {
  asked = Number(slider.value);
  if (busy) return;
  busy = true;
  let drawn = -1;
  while (drawn !== asked) {
    drawn = asked;
    try {
      const sprites = await server.arena_dial(drawn);
      for (const [model, sprite] of Object.entries(sprites)) {
        const at = places.get(model);
        if (!at) continue; // nothing was measured of it
        [...at.pictures.children].forEach((node, i) => {
          show(node, sprite, i, constants.n);
          node.setAttribute("role", "img");
          node.setAttribute("aria-label", say(words.picture, { i: i + 1 }));
        });
      }
      write(find("said"), "");
    } catch {
      write(find("said"), words.failed);
    }
  }
  busy = false;
}

const [careful, wild] = element.querySelectorAll(".ar-slide span");
careful.textContent = words.careful;
wild.textContent = words.wild;
slider.setAttribute("aria-label", words.dial);
slider.addEventListener("input", () => { move(); ask(); });
axes();
move();
ask();
