// Two sounds of one digit in one voice: which of them did a human say? The count stays in the browser.

const KEPT = "aigc_spoken_quiz";
const [model_box, model] = choice(words.model, constants.models, constants.models[0][0]);
const next = make("button", "sd-go", words.begin);
next.type = "button";
find("asked").append(model_box, next);
let pair = null, kept = {};
try {
  kept = JSON.parse(localStorage.getItem(KEPT)) || {};
} catch {
  // nothing is kept
}

function count() {
  const lines = constants.models.filter(([name]) => kept[name]?.[1]).map(([name, title]) =>
    say(words.count, { title, right: kept[name][0], n: kept[name][1] }));
  write(find("count"), lines.join(" "));
}

function answer(i) {
  const right = i === pair.real, mine = kept[pair.model] || [0, 0];
  kept[pair.model] = [mine[0] + (right ? 1 : 0), mine[1] + 1];
  try {
    localStorage.setItem(KEPT, JSON.stringify(kept));
  } catch {
    // a browser that keeps nothing
  }
  [...find("two").children].forEach((box, j) => {
    const choose = box.querySelector(".sd-choose");
    choose.disabled = true;
    choose.textContent = j === pair.real ? words.human : words.machine;
    box.classList.toggle("human", j === pair.real);
  });
  write(find("said"), right ? words.right : words.wrong);
  count();
  pair = null;
  next.focus();
}

next.onclick = async () => {
  next.disabled = true;
  write(find("said"), words.waiting);
  let found = null;
  const asked = model.value;
  try {
    found = await server.spoken_pair({ model: asked, seed: seed() });
  } catch {
    // said below
  }
  next.disabled = false;
  if (!found?.sounds) return void write(find("said"), found?.error || words.failed);
  pair = found;
  pair.model = asked;
  next.textContent = words.next;
  const { sounds } = found;
  find("two").replaceChildren(...sounds.map((sound, i) => {
    const box = make("div"), hear = make("button", "", say(words.play, { which: "AB"[i] })), choose = make("button", "sd-choose", say(words.choose, { which: "AB"[i] }));
    for (const button of [hear, choose]) button.type = "button";
    hear.onclick = () => play(sound);
    choose.onclick = () => pair && answer(i);
    box.append(hear, choose);
    return box;
  }));
  write(find("said"), say(words.asked, { digit: found.digit, voice: spoken(found.voice) }));
  play(sounds[0], () => setTimeout(() => play(sounds[1]), 300));
};
write(find("said"), words.idea);
count();
