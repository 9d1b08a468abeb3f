// CartPole while it learns: two carts with their poles, as they went in one episode each, and the length of all episodes.

const find = (name) => element.querySelector(`.fb-${name}`);
const NS = "http://www.w3.org/2000/svg", WIDE = 640, HIGH = 240, LEFT = 44, RIGHT = 14, TOP = 12, BOTTOM = 36, MOST = 500;
const carts = [...element.querySelectorAll(".fb-poles svg")], plot = find("curve").querySelector("svg");
let value = {}, started = 0;

function svg(tag, facts, text) {
  const made = document.createElementNS(NS, tag);
  for (const [key, one] of Object.entries(facts)) made.setAttribute(key, one);
  if (text) made.textContent = text;
  return made;
}

const moving = carts.map((cart) => {
  const group = svg("g", {}), pole = svg("line", { class: "pole", x1: 0, y1: 0, x2: 0, y2: -1 });
  group.append(svg("rect", { class: "cart", x: -0.3, y: -0.05, width: 0.6, height: 0.3, rx: 0.06 }), pole);
  cart.append(svg("line", { class: "track", x1: -2.5, x2: 2.5, y1: 0.27, y2: 0.27 }), group);
  return { group, pole };
});

function place(i, [position, angle]) {
  moving[i].group.setAttribute("transform", `translate(${position} 0)`);
  moving[i].pole.setAttribute("transform", `rotate(${(angle * 180) / Math.PI})`);
}

// An episode is shown at its own pace, 50 steps a second, again and again.
const still = matchMedia("(prefers-reduced-motion: reduce)");
function frame(time) {
  if (!element.isConnected) return;
  if (value.poles && element.offsetParent !== null)
    value.poles.forEach((path, i) => path.length && place(i, path[still.matches ? path.length - 1 : Math.floor(Math.max(0, time - started) / 20) % path.length]));
  requestAnimationFrame(frame);
}

function curve() {
  const n = Math.max(constants.most / 4, value.returns.length);
  const x = (i) => LEFT + ((WIDE - LEFT - RIGHT) * i) / n, y = (steps) => TOP + (HIGH - TOP - BOTTOM) * (1 - steps / MOST);
  const means = value.returns.map((_, i) => {
    const some = value.returns.slice(Math.max(0, i + 1 - constants.last), i + 1);
    return some.reduce((sum, one) => sum + one, 0) / some.length;
  });
  const random = value.random.reduce((sum, one) => sum + one, 0) / value.random.length;
  plot.replaceChildren();
  for (const steps of [0, 250, 500]) {
    plot.append(svg("line", { class: "grid", x1: LEFT, x2: WIDE - RIGHT, y1: y(steps), y2: y(steps) }));
    plot.append(svg("text", { x: LEFT - 8, y: y(steps) + 4, "text-anchor": "end" }, String(steps)));
  }
  plot.append(
    ...value.returns.map((steps, i) => svg("circle", { class: "dot", cx: x(i), cy: y(steps), r: 2 })),
    svg("polyline", { class: "curve chosen", points: means.map((mean, i) => `${x(i)},${y(mean)}`).join(" ") }),
    svg("line", { class: "random", x1: LEFT, x2: WIDE - RIGHT, y1: y(random), y2: y(random) }),
    svg("text", { x: WIDE - RIGHT, y: y(random) - 6, "text-anchor": "end" }, say(words.random_mean, { n: Math.round(random) })),
    svg("text", { x: (LEFT + WIDE) / 2, y: HIGH - 6, "text-anchor": "middle" }, words.axis),
  );
  plot.setAttribute("aria-label", say(words.curve_label, { n: value.episode, mean: Math.round(means[means.length - 1]), random: Math.round(random) }));
}

function draw() {
  value = received() || {};
  if (!value.poles) return write(find("message"), words.idle);
  started ||= performance.now();
  write(find("message"), say(value.done ? (value.solved ? words.solved : words.over) : words.learning, { n: value.episode, seconds: Math.round(value.seconds) }));
  curve();
  const [left, right] = value.weights, signed = (w) => `${w < 0 ? "−" : "+"}${Math.abs(w).toFixed(2)}`;
  const gaps = right.map((w, i) => signed(w - left[i]));
  write(find("weights"), say(words.weights, { x: gaps[0], v: gaps[1], a: gaps[2], w: gaps[3], b: gaps[4] }));
}

const titles = element.querySelectorAll("figcaption");
titles[0].textContent = words.by_chance;
titles[1].textContent = words.by_policy;
titles[2].textContent = words.curve_title;
carts.forEach((cart, i) => cart.setAttribute("aria-label", titles[i].textContent));
watch("value", draw);
draw();
requestAnimationFrame(frame);
