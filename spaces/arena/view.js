// Draws the value of view.py: a row for each model of the round and one of real digits.

const find = (name) => element.querySelector(`.ar-${name}`);
const N = constants.each;
const percent = (share) => (share > 0.995 ? "> 99 %" : share < 0.005 ? "< 1 %" : `${Math.round(100 * share)} %`);
const short = (n) => (n >= 1e6 ? `${(n / 1e6).toFixed(1)} M` : `${Math.round(n / 1000)} k`);
let rows = [];

function figure(name, text, title) {
  const made = make("div", "ar-figure");
  made.append(make("dt", "", words[name]), make("dd", "", text));
  if (title) made.title = title;
  return made;
}

function likelihood(found) {
  if (found?.bits !== undefined) return say(words.bits, { n: found.bits.toFixed(2) });
  if (found?.nats !== undefined) return say(words.nats, { n: found.nats.toFixed(1) });
  return "–";
}

function row(one, digit) {
  const real = one.family === "real", made = make("section", `ar-row ar-${one.family}`);
  const name = make("div", "ar-name");
  name.append(make("strong", "", real ? words.real : one.title));
  name.append(make("span", "ar-quiet", `${words[`family_${one.family}`]} · ${one.year}`));
  if (one.paper) name.title = one.paper;
  const pictures = make("div", "ar-pictures");
  for (let i = 0; i < N; i++) {
    const picture = make("span", "ar-picture");
    show(picture, one.sprite, i, N);
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", say(words.picture, { name: real ? words.real : one.title, digit, i: i + 1 }));
    pictures.append(picture);
  }
  if (one.near_sprite)
    for (let i = 0; i < N; i++) {
      const picture = make("span", "ar-picture ar-near");
      show(picture, one.near_sprite, i, N);
      picture.setAttribute("role", "img");
      picture.setAttribute("aria-label", say(words.near_picture, { i: i + 1 }));
      pictures.append(picture);
    }
  const figures = make("dl", "ar-figures");
  const wait = one.confidence === undefined, none = one.confidence === null;
  figures.append(
    figure("judge", wait ? "…" : none ? "–" : percent(one.confidence), words.judge_hint),
    figure("frechet", one.frechet === null || one.frechet === undefined ? "–" : one.frechet.toFixed(1), words.frechet_hint),
    figure("likelihood", real ? "–" : likelihood(one.likelihood), words.likelihood_hint),
    figure("ms", real || none ? "–" : wait ? "…" : say(words.milliseconds, { n: one.ms < 10 ? one.ms.toFixed(1) : Math.round(one.ms) }), words.ms_hint),
    figure("parameters", real ? "–" : wait ? "…" : short(one.parameters), words.parameters_hint),
  );
  made.append(name, pictures, figures);
  const notes = [!wait && !none && !real && !one.told ? say(words.tried, { n: one.tried, digit }) : "", one.notice || ""];
  if (one.near_sprite) notes.push(say(real ? words.near_real : words.near, { n: one.near.toFixed(3) }));
  if (notes.some(Boolean)) made.append(make("p", "ar-quiet ar-row-note", notes.filter(Boolean).join(" ")));
  return made;
}

function draw() {
  const now = received() || {};
  write(find("message"), now.message || "");
  write(find("badge"), now.recorded ? words.recorded : "");
  if (!now.rows) return; // only a sentence: what is on screen stays
  rows = now.rows;
  find("rows").replaceChildren(...rows.map((one) => row(one, now.digit)));
  find("png").hidden = find("all").hidden = !now.png;
  if (now.png) Object.assign(find("png"), { href: now.png, download: `arena-${now.digit}.png` });
}

// The rows with their recipe, then each picture.
find("all").onclick = () => {
  const each = rows.filter((one) => one.sprite).flatMap(({ model, sprite }) => each_of(sprite, N, model));
  const { href, download } = find("png");
  save_all(download.replace(".png", ""), [{ name: "rows.png", bytes: bytes_of(href) }, ...each]);
};

find("png").textContent = words.save;
find("all").textContent = words.save_all;
find("note").textContent = words.note;
watch("value", draw);
draw();
