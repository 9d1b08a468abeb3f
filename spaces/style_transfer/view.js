// Draws the value of view.py: the picture there and back, and what the weight of the cycle loss does.

const find = (name) => element.querySelector(`.st-${name}`);
const WEIGHTS = ["none", "half", "full"];
let now = {};
let moved = ""; // the model that the slider was moved to, until its control says so

// An answer to an earlier place does not take the slider back: it stands where its control does.
function chosen() {
  const control = document.querySelector("#style_transfer-model input:checked")?.value;
  if (control === moved) moved = "";
  const wanted = moved || control;
  return now.others.some((one) => one.model === wanted) ? wanted : now.model;
}

function picture(name, src, caption) {
  const shown = find(name);
  Object.assign(shown, { src, alt: caption });
  shown.parentNode.querySelector("figcaption").textContent = caption;
}

function others(now) {
  find("others").hidden = !now.others.length;
  if (!now.others.length) return;
  const most = Math.max(...now.others.map((one) => one.error));
  const model = chosen(), at = now.others.findIndex((one) => one.model === model);
  find("weigh").dataset.model = model;
  Object.assign(find("weigh"), { value: at, ariaValueText: words[WEIGHTS[at]] });
  find("weights").replaceChildren(...now.others.map((one, i) => {
    const column = make("div", i === at ? "st-weight here" : "st-weight"), lost = make("i");
    column.append(make("strong", "", words[WEIGHTS[i]]));
    for (const [key, label] of [["made", words.there], ["again", words.back], ["difference", words.apart]]) {
      const figure = make("figure"), shown = make("img");
      Object.assign(shown, { src: one[key], alt: `${words[WEIGHTS[i]]}: ${label}` });
      figure.append(shown, make("figcaption", "", key === "difference" ? say(words.off, { error: one.error.toFixed(3) }) : label));
      column.append(figure);
    }
    lost.style.setProperty("--at", most ? one.error / most : 0);
    column.append(lost);
    if (one.measured !== null) column.append(make("span", "st-quiet", say(words.measured, { n: now.known.held_out, error: one.measured.toFixed(3) })));
    return column;
  }));
}

function draw() {
  now = received() || {};
  write(find("message"), now.message || "");
  write(find("badge"), now.recorded ? words.recorded : "");
  if (!now.given) return; // only a sentence: what is on screen stays
  find("wait").hidden = true;
  find("found").hidden = false;
  const [from, to] = now.styles.map((style) => words[`style_${style}`] ?? style);
  picture("given", now.given, say(words.given, { from }));
  picture("made", now.made, say(words.made, { to }));
  picture("again", now.again, say(words.again, { from }));
  picture("difference", now.difference, say(words.difference, { times: now.amplified }));
  write(find("error"), say(words.error, { error: now.error.toFixed(3) }));
  const known = now.known;
  write(find("known"), known.held_out ? say(words.known, {
    n: known.held_out, to, style: Math.round(100 * known.style), was: Math.round(100 * known.untouched_style),
    psnr: known.psnr.toFixed(1), before: known.untouched_psnr.toFixed(1), cycle: known.cycle.toFixed(3),
  }) : "");
  others(now);
  Object.assign(find("png"), { href: now.png, download: `${now.model}.png` });
}

find("wait").textContent = words.waiting;
find("others").querySelector("h4").textContent = words.others_title;
find("others").querySelector("p").textContent = words.others_note;
find("weigh").setAttribute("aria-label", words.weigh);
find("weigh").oninput = ({ target }) => {
  moved = now.others[target.value].model; // the marks move at once, what is above follows
  others(now);
  trigger("weigh");
};
find("png").textContent = words.save;
watch("value", draw);
draw();
