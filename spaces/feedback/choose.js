// The visitor chooses between two ways to go on; after some choices an adapter can be trained, which then foretells
// the next ones before they are made. The choices stay in this browser tab, also when the page is loaded again.

const find = (name) => element.querySelector(`.fb-${name}`);
const percent = (share) => `${Math.round(100 * share)} %`;
const KEPT = "aigc-choices";
const choices = kept(), guesses = []; // [seed, 0 or 1]; whether each later choice was foretold
let seed = Math.floor(Math.random() * 1e9), now = null, token = "", busy = false;

function kept() {
  try { return JSON.parse(sessionStorage.getItem(KEPT)) || []; } catch { return []; }
}

function keep() {
  try { sessionStorage.setItem(KEPT, JSON.stringify(choices)); } catch { /* a frame without storage: of this page only */ }
}

async function next() {
  if (busy) return;
  busy = true;
  write(find("message"), now ? "" : words.writing);
  find("pair").querySelectorAll("button").forEach((one) => { one.disabled = true; });
  const found = await server.feedback_pair({ seed, token }).catch(() => ({ error: words.failed }));
  busy = false;
  write(find("message"), found.error || "");
  if (found.error) {
    now = null;
    find("pair").replaceChildren(Object.assign(make("button", "fb-again", words.again), { type: "button", onclick: next }));
    return;
  }
  now = found;
  write(find("opening"), found.opening);
  find("pair").replaceChildren(...found.texts.map((text, i) => {
    const made = make("button", "fb-option", `… ${text} …`);
    made.type = "button";
    made.setAttribute("aria-label", say(words.option, { i: i + 1, text }));
    made.onclick = () => take(i);
    return made;
  }));
  count();
}

function take(side) {
  if (busy || !now) return;
  choices.push([seed, side]);
  if (choices.length > constants.most) choices.shift();
  keep();
  if (now.first !== undefined) guesses.push((now.first > 0.5 ? 0 : 1) === side);
  seed = (seed + 1) % 2 ** 31;
  next();
}

// How likely as many right guesses or more are by chance alone.
function luck(right, n) {
  let ways = 1, sum = 0;
  for (let k = 0; k <= n; k++) {
    if (k >= right) sum += ways;
    ways = (ways * (n - k)) / (k + 1);
  }
  return sum / 2 ** n;
}

function count() {
  const n = choices.length, left = constants.needed - n;
  write(find("count"), left > 0 ? say(words.count, { n, needed: constants.needed }) : say(words.enough, { n }));
  const training = ["waiting", "starting", "running"].includes(value.phase);
  find("train").hidden = left > 0 || training;
  find("stop").hidden = !training;
  find("write").hidden = !token;
  const right = guesses.filter(Boolean).length, chance = luck(right, guesses.length);
  const verdict = guesses.length < 5 ? words.few : chance < 0.05 ? words.better : words.chance;
  write(find("score"), token ? `${say(words.score, { right, n: guesses.length })} ${say(verdict, { luck: percent(chance) })}` : "");
}

let value = {};
function draw() {
  value = received() || {};
  const training = value.phase && value.phase !== "ended";
  find("training").hidden = !value.phase || Boolean(value.error);
  const share = value.phase === "ended" ? 1 : (value.step || 0) / (value.steps || 1);
  find("bar").firstElementChild.style.setProperty("--at", share);
  const line = training ? (value.place ? say(words.waiting, { place: value.place }) : value.step
    ? say(words.running, { step: value.step, seconds: value.seconds, right: percent(value.right ?? 0) }) : words.starting)
    : say(words.ended, { step: value.step || 0, seconds: value.seconds || 0, right: percent(value.right ?? 0) });
  find("training").querySelector("p").textContent = line;
  if (value.error) write(find("message"), value.error);
  if (value.phase === "ended" && value.token && value.token !== token) {
    token = value.token;
    guesses.length = 0;
    next();
  }
  count();
}

find("train").textContent = words.train;
find("stop").textContent = words.stop;
find("write").textContent = words.write;
find("train").onclick = () => trigger("train", { choices });
find("stop").onclick = () => trigger("halt", {});
find("write").onclick = async () => {
  const box = find("own");
  box.hidden = false;
  box.replaceChildren(make("p", "fb-quiet", words.writing));
  const found = await server.feedback_own({ seed: Math.floor(Math.random() * 1e9), token }).catch(() => ({ error: words.failed }));
  if (found.error) return box.replaceChildren(make("p", "fb-quiet", found.error));
  box.replaceChildren(make("p", "fb-quiet", found.opening), ...found.texts.map((text, i) => {
    const made = make("article", "fb-text");
    made.append(make("h4", "", i ? words.yours : words.before), make("p", "", text));
    return made;
  }));
};
watch("value", draw);
draw();
next();
