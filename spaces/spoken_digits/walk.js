// From one digit to another: eight sounds, each a button with its spectrogram.

const digits = Array.from({ length: 10 }, (_, i) => [String(i), String(i)]);
const [model_box, model] = choice(words.model, constants.models, constants.models[0][0]);
const [from_box, from] = choice(words.from, digits, "3");
const [to_box, to] = choice(words.to, digits, "8");
const [voice_box, voice] = choice(words.voice, constants.voices.map((one) => [one, spoken(one)]), "jackson");
const go = make("button", "sd-go", words.go), all = make("button", "", words.all), saved = make("button", "", words.save_all);
let steps = [], asked = 0;
for (const button of [go, all, saved]) button.type = "button";
all.hidden = saved.hidden = true;
find("asked").append(model_box, from_box, to_box, voice_box, go, all, saved);

function mark(i) {
  [...find("steps").children].forEach((step, j) => step.classList.toggle("now", i === j));
}

function hear(i, on) {
  mark(i);
  play(steps[i].sound, () => {
    mark(-1);
    if (on && i + 1 < steps.length) setTimeout(() => hear(i + 1, true), 120);
  });
}

function draw() {
  find("steps").replaceChildren(...steps.map((step, i) => {
    const button = make("button", "sd-step"), picture = make("img");
    button.type = "button";
    Object.assign(picture, { src: step.spectrogram, alt: "" });
    button.append(picture, make("span", "", say(words.step, { i: i + 1 })), make("b", "", say(words.hears, { digit: step.heard, sure: Math.round(100 * step.chance) })));
    button.onclick = () => hear(i);
    return button;
  }));
  all.hidden = saved.hidden = !steps.length;
}

go.onclick = async () => {
  const mine = ++asked;
  go.disabled = true;
  write(find("said"), words.waiting);
  let found = null;
  try {
    found = await server.spoken_walk({ model: model.value, from: Number(from.value), to: Number(to.value), voice: voice.value, seed: seed() });
  } catch {
    // said below
  }
  if (mine !== asked) return;
  go.disabled = false;
  write(find("said"), found?.steps ? words.hint : found?.error || words.failed);
  if (!found?.steps) return;
  steps = found.steps;
  draw();
  hear(0, true);
};
all.onclick = () => hear(0, true);
saved.onclick = () => save_all("walk", steps.flatMap(({ sound, spectrogram, heard }, i) =>
  [["wav", sound], ["png", spectrogram]].map(([kind, url]) => ({ name: `${i + 1}-heard-as-${heard}.${kind}`, bytes: bytes_of(url) }))));
write(find("said"), words.idea);
