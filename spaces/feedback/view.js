// Draws the value of view.py: each seed's two texts with their rewards, and the way of the reward along the training.

const find = (name) => element.querySelector(`.fb-${name}`);
const percent = (share) => `${Math.round(100 * share)} %`;
const NS = "http://www.w3.org/2000/svg", WIDE = 640, HIGH = 300, LEFT = 66, RIGHT = 150, TOP = 18, BOTTOM = 54;
const kind = (name) => name.split("-").pop();

function svg(tag, facts, text) {
  const made = document.createElementNS(NS, tag);
  for (const [key, one] of Object.entries(facts)) made.setAttribute(key, one);
  if (text) made.textContent = text;
  return made;
}

function meter(name, share, hint) {
  const made = make("span", "fb-meter");
  made.title = hint;
  const bar = make("i");
  bar.style.setProperty("--at", share);
  made.append(make("span", "fb-quiet", name), bar, make("b", "", percent(share)));
  return made;
}

function text(one, when, value) {
  const made = make("article", `fb-text fb-${when}`);
  made.append(make("h4", "", when === "before" ? words.before : say(words.after, { name: words[`name_${kind(value.adapter)}`] })));
  const body = make("p", "");
  body.append(make("span", "fb-quiet", value.prompt), one.text);
  if (one.ended) body.append(make("span", "fb-end", ` ${words.end}`));
  made.append(body);
  if (one.reward !== undefined) made.append(meter(words[`reward_${value.reward}`], one.reward, words[`hint_${value.reward}`]));
  if (one.other !== undefined) made.append(meter(words.other, one.other, words.other_hint));
  return made;
}

function sum(value) {
  const done = value.texts.filter((row) => row.after.reward !== undefined);
  if (!done.length) return "";
  const mean = (when) => done.reduce((total, row) => total + row[when].reward, 0) / done.length;
  return say(words.sum, { reward: words[`reward_${value.reward}`], before: percent(mean("before")), after: percent(mean("after")) });
}

function curve(value) {
  const plot = find("curve").querySelector("svg");
  const shown = Object.entries(constants.curves).filter(([, one]) => one.reward === value.reward);
  const most = Math.max(1, ...shown.flatMap(([, one]) => one.points.map(([kl]) => kl)));
  const x = (kl) => LEFT + ((WIDE - LEFT - RIGHT) * kl) / most, y = (reward) => TOP + (HIGH - TOP - BOTTOM) * (1 - reward);
  plot.replaceChildren();
  for (let share = 0; share < 1.01; share += 0.25) {
    plot.append(svg("line", { class: "grid", x1: LEFT, x2: WIDE - RIGHT, y1: y(share), y2: y(share) }));
    plot.append(svg("text", { x: LEFT - 8, y: y(share) + 4, "text-anchor": "end" }, percent(share)));
  }
  for (let i = 0; i <= 4; i++)
    plot.append(svg("text", { x: x((most * i) / 4), y: HIGH - BOTTOM + 20, "text-anchor": "middle" }, String(Math.round((most * i) / 4))));
  plot.append(svg("text", { x: (LEFT + WIDE - RIGHT) / 2, y: HIGH - 4, "text-anchor": "middle" }, words.kl));
  const ends = [];
  for (const [name, one] of shown) {
    const colour = `var(--${kind(name)})`;
    const line = { class: name === value.adapter ? "curve chosen" : "curve", style: `stroke: ${colour}` };
    plot.append(svg("polyline", { ...line, points: one.points.map(([kl, reward]) => `${x(kl)},${y(reward)}`).join(" ") }));
    for (const [kl, reward] of one.points) plot.append(svg("circle", { cx: x(kl), cy: y(reward), r: 3.5, style: `fill: ${colour}` }));
    const [kl, reward] = one.points[one.points.length - 1];
    let at = y(reward) + 4;
    while (ends.some((other) => Math.abs(other - at) < 16)) at += 16;
    ends.push(at);
    plot.append(svg("text", { x: x(kl) + 9, y: at, style: `fill: ${colour}` }, words[`adapter_${kind(name)}`]));
  }
  plot.setAttribute("aria-label", shown.map(([name, one]) => {
    const [kl, reward] = one.points[one.points.length - 1];
    return say(words.curve_label, { name: words[`adapter_${kind(name)}`], kl: kl.toFixed(0), from: percent(one.points[0][1]), reward: percent(reward) });
  }).join(" "));
}

function draw() {
  const value = received() || {};
  write(find("badge"), value.recorded ? words.recorded : "");
  write(find("message"), value.message || value.notice || "");
  if (!value.texts) return; // only a sentence: what is on screen stays
  find("found").hidden = false;
  write(find("sum"), sum(value));
  find("rows").replaceChildren(...value.texts.map((row) => {
    const made = make("section", "fb-row");
    made.append(text(row.before, "before", value), text(row.after, "after", value));
    return made;
  }));
  curve(value);
}

find("curve").querySelector("figcaption").textContent = words.curve_title;
find("curve").querySelector("p").textContent = words.curve_hint;
watch("value", draw);
draw();
