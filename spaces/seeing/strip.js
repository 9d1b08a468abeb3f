// The bundled pictures and those of this visit, which words sort. Its value is the one that was taken: "picture:7", or
// the address of one of the visit's.

const LOOKED = 64; // pixels a side of what the model looks at
const find = (name) => element.querySelector(`.se-${name}`);
const thumbs = () => [...find("strip").children];
const visit = new Map(); // address -> button
let bundled = [], waiting = 0, asked = 0;

function mark() {
  thumbs().forEach((one) => one.setAttribute("aria-pressed", props.value === one.picture));
}

function thumb(picture, title) {
  const made = make("button", "se-thumb");
  Object.assign(made, {type: "button", picture, title});
  made.setAttribute("aria-label", title);
  made.onclick = () => {
    props.value = picture;
    mark();
    trigger("take");
  };
  return made;
}

async function strip() {
  const { sheet, prompts, across } = await server.seeing_pictures(), rows = Math.ceil(prompts.length / across);
  find("strip").replaceChildren(...prompts.map((prompt, i) => {
    const made = thumb(`picture:${i + 1}`, say(words.take, {prompt})), x = i % across, y = Math.floor(i / across);
    made.style.backgroundImage = `url("${sheet}")`;
    made.style.backgroundSize = `${100 * across}% ${100 * rows}%`;
    made.style.backgroundPosition = `${(100 * x) / (across - 1)}% ${(100 * y) / (rows - 1)}%`;
    return made;
  }));
  bundled = thumbs();
  await own();
}

// What was drawn in this visit since, in front of the others.
async function own() {
  const there = Object.values(window.aigcVisits ?? {}).flatMap((one) => one()).slice(0, constants.most_own);
  for (const address of there.filter((one) => !visit.has(one))) visit.set(address, await ownThumb(address));
  for (const address of visit.keys()) if (!there.includes(address)) visit.delete(address);
  const shown = [...visit.values(), ...bundled];
  if (shown.length !== thumbs().length) find("strip").replaceChildren(...shown);
  mark();
}

async function ownThumb(address) {
  const image = Object.assign(new Image(), {src: address}), small = make("canvas");
  await image.decode();
  small.width = small.height = LOOKED;
  const pen = small.getContext("2d"), scale = LOOKED / Math.max(image.width, image.height);
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, LOOKED, LOOKED);
  const width = scale * image.width, height = scale * image.height;
  pen.imageSmoothingQuality = "high";
  pen.drawImage(image, (LOOKED - width) / 2, (LOOKED - height) / 2, width, height);
  const made = thumb(address, words.own);
  made.classList.add("own");
  made.style.background = `url("${address}") center / contain no-repeat #fff`;
  made.looked = small.toDataURL();
  return made;
}

async function search(text) {
  const turn = ++asked;
  await own();
  const all = [...bundled, ...visit.values()], pictures = [...visit.values()].map((one) => one.looked);
  const answer = text ? await server.seeing_search({text, pictures}) : {};
  if (turn !== asked) return;
  write(find("said"), answer.error ?? (text ? say(words.sorted, {text}) : ""));
  if (!answer.error) find("strip").replaceChildren(...(answer.order?.map((i) => all[i]) ?? [...visit.values(), ...bundled]));
}

find("search").querySelector("input").addEventListener("input", (event) => {
  clearTimeout(waiting);
  waiting = setTimeout(search, 250, event.target.value.trim());
});
element.addEventListener("pointerenter", own);
element.addEventListener("focusin", own);
find("search").querySelector("span").textContent = words.search;
find("search").querySelector("input").placeholder = words.placeholder;
find("strip").setAttribute("aria-label", words.strip);
watch("value", mark);
strip();
