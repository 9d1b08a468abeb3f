// Draws the value of view.py: there and back, how likely, the chances of the ten digits, three rows of pictures.

const find = (name) => element.querySelector(`.nf-${name}`);
const percent = (share) => (share > 0.995 ? "> 99 %" : share < 0.005 ? "< 1 %" : `${Math.round(100 * share)} %`);
const NS = "http://www.w3.org/2000/svg";
const BINS = 44, WIDE = 600, HIGH = 96, TOP = 14;
const ROWS = ["samples", "walk", "heat"];
let value = {};

function svg(tag, facts, text) {
  const made = document.createElementNS(NS, tag);
  for (const [key, one] of Object.entries(facts)) made.setAttribute(key, one);
  if (text) made.textContent = text;
  return made;
}

// The share of real digits with at most so many bits, from the bits at 0, 1, ... 100 % of them.
function below(bits, real) {
  if (bits <= real[0]) return 0;
  const next = real.findIndex((one) => one >= bits);
  if (next < 0) return 1;
  const [a, b] = [real[next - 1], real[next]];
  return (next - 1 + (bits - a) / (b - a || 1)) / (real.length - 1);
}

function way() {
  const [digit, z, back] = element.querySelectorAll(".nf-way figcaption");
  Object.assign(find("digit"), { src: value.digit, alt: words.digit });
  Object.assign(find("z"), { src: value.z, alt: words.z_label });
  show(find("back"), value.rows[1], 0, value.each); // the walk begins where the way back ends
  find("back").setAttribute("aria-label", words.back);
  digit.textContent = words.digit;
  z.textContent = say(words.z, { mean: value.z_mean.toFixed(2), deviation: value.z_deviation.toFixed(2) });
  back.textContent = words.back;
  write(find("error"), say(value.same ? words.same : words.differs, { error: value.error.toExponential(1) }));
}

function likely() {
  const real = value.real.bits_of_real;
  const facts = { title: value.title, bits: value.bits.toFixed(3), nats: value.log_prob.toLocaleString() };
  const less = real && 1 - below(value.bits, real);
  write(find("likely"), say(words.likely, facts) + (real ? " " + say(words.of_real, { share: percent(less) }) : ""));
  find("real").toggleAttribute("hidden", !real);
  const beyond = real && value.bits < real[0];
  write(find("surprise"), real ? (beyond ? words.beyond : words.surprise) : "");
  if (real) histogram(real);
}

function histogram(real) {
  const marks = [["here", value.bits, words.here], ["blank", value.real.bits_of_blank, words.blank]];
  const from = Math.max(0, Math.min(real[0], ...marks.map(([, at]) => at)) - 0.06);
  const to = Math.max(real[99], Math.min(value.bits, real[100] + 1)) + 0.06;
  const x = (bits) => (WIDE * (Math.min(to, Math.max(from, bits)) - from)) / (to - from);
  const edges = Array.from({ length: BINS + 1 }, (_, i) => from + ((to - from) * i) / BINS);
  const shares = edges.slice(1).map((edge, i) => below(edge, real) - below(edges[i], real));
  const most = Math.max(...shares);
  const plot = find("real");
  plot.replaceChildren(...shares.map((share, i) => svg("rect", {
    class: "bar", x: (WIDE * i) / BINS + 1, width: WIDE / BINS - 2, y: TOP + HIGH * (1 - share / most), height: (HIGH * share) / most,
  })));
  plot.append(svg("line", { class: "axis", x1: 0, x2: WIDE, y1: TOP + HIGH, y2: TOP + HIGH }));
  for (const [kind, at, text] of marks) {
    const right = x(at) > WIDE - 120;
    plot.append(svg("line", { class: kind, x1: x(at), x2: x(at), y1: kind === "here" ? 0 : 24, y2: TOP + HIGH }));
    plot.append(svg("text", { class: kind, x: x(at) + (right ? -5 : 5), y: kind === "here" ? 11 : 34, "text-anchor": right ? "end" : "start" }, text));
  }
  plot.append(svg("text", { class: "scale", x: 0, y: 128 }, `${from.toFixed(2)}`));
  plot.append(svg("text", { class: "scale", x: WIDE, y: 128, "text-anchor": "end" }, say(words.axis, { to: to.toFixed(2) })));
  plot.setAttribute("aria-label", say(words.histogram, { bits: value.bits.toFixed(3), blank: value.real.bits_of_blank.toFixed(3) }));
}

function classes() {
  find("classes").hidden = !value.classes.length;
  const best = value.classes.indexOf(Math.max(...value.classes));
  find("classes").setAttribute("aria-label", say(words.classes, { digit: best, chance: percent(value.classes[best]) }));
  find("classes").replaceChildren(make("span", "nf-quiet", words.classes_title), ...value.classes.map((chance, digit) => {
    const one = make("span", digit === best ? "best" : "", String(digit)), bar = make("i");
    bar.style.setProperty("--at", chance);
    one.title = percent(chance);
    one.append(bar);
    return one;
  }));
}

function rows() {
  find("rows").replaceChildren(...value.rows.flatMap((sprite, row) => {
    const title = make("h4", "", words[ROWS[row]]), line = make("div", "nf-row");
    const heat = (i) => ((value.hottest * i) / (value.each - 1)).toFixed(1);
    for (let i = 0; i < value.each; i++) {
      const figure = make("figure"), picture = make("span", "nf-picture");
      show(picture, sprite, i, value.each);
      picture.setAttribute("role", "img");
      picture.setAttribute("aria-label", say(words.picture, { row: words[ROWS[row]], i: i + 1 }));
      figure.append(picture);
      if (ROWS[row] === "heat") figure.append(make("figcaption", "", heat(i)));
      line.append(figure);
    }
    return [title, line, make("p", "nf-quiet", say(words[`${ROWS[row]}_note`], { t: value.temperature }))];
  }));
}

function draw() {
  const now = received() || {};
  write(find("message"), now.message || "");
  write(find("badge"), now.recorded ? words.recorded : "");
  if (!now.digit) return; // only a sentence: what is on screen stays
  value = now;
  find("wait").hidden = true;
  find("found").hidden = false;
  way();
  likely();
  classes();
  rows();
  Object.assign(find("png"), { href: value.png, download: `${value.model}.png` });
}

// The rows with their recipe, then each of their pictures, and the digit as what it becomes.
find("all").onclick = () => {
  const each = value.rows.flatMap((sprite, row) => each_of(sprite, value.each, ROWS[row]));
  const whole = [["rows", value.png], ["digit", value.digit], ["z", value.z]];
  save_all(value.model, [...whole.map(([name, url]) => ({ name: `${name}.png`, bytes: bytes_of(url) })), ...each]);
};

find("wait").textContent = words.waiting;
find("likely-title").textContent = words.likely_title;
find("png").textContent = words.save;
find("all").textContent = words.save_all;
watch("value", draw);
draw();
