// A book as files: one, or all with its pictures as one ZIP; and the books of this visit, to go back to. zip.js and
// gallery.js stand before this, view.js behind it: `value`, `ask`, `all`, `save`, `acting` and `busy` are its own.

const KINDS = ["html", "pdf", "epub", "cbz"];
const decoded = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
const tell = (text) => write(element.querySelector(".st-say"), text);

// The files of these kinds: [{name, type, bytes}]. What is typed is in them. Why one cannot be had is said.
async function filesOf(kinds, node) {
  node.disabled = true;
  tell(words.packing);
  all.forEach(save);
  while (acting) await new Promise((done) => addEventListener("aigc-story-acted", done, {once: true}));
  const answers = [];
  for (const kind of kinds) answers.push(await ask("story_file", {job: value.job ?? "", kind}));
  node.disabled = false;
  const lost = answers.find((one) => one.left_out)?.left_out;
  tell(answers.find((one) => one.error)?.error ?? (lost ? say(words.left_out_of_file, {signs: lost}) : ""));
  return answers.filter((one) => !one.error).map(({name, type, data}) => ({name, type, bytes: decoded(data)}));
}

async function keep(kind, node) {
  const [file] = await filesOf([kind], node);
  if (!file) return;
  const link = make("a");
  link.href = URL.createObjectURL(new Blob([file.bytes], {type: file.type}));
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 20000);
}

async function keepAll(node) {
  const files = await filesOf(KINDS, node), drawn = value.pages.filter((page) => page.picture);
  const pictures = drawn.map((page) => ({
    name: page.number === constants.cover ? "cover.png" : `page-${page.number + 1}.png`,
    bytes: addressOf(page.picture).then(bytes_of),
  }));
  await save_all(value.name, [...files, ...pictures]);
}

const keeping = element.querySelector(".st-keep");
keeping.firstChild.textContent = words.keep;
for (const kind of KINDS) {
  const made = button("st-link st-keep-" + kind, kind.toUpperCase(), () => keep(kind, made), words["keep_" + kind]);
  keeping.append(made);
}
const whole = button("st-link st-keep-all", words.gallery_all, () => keepAll(whole), words.keep_all);
keeping.append(whole);

// ---- the books of this visit ---------------------------------------------------------------------------------------

const SEEN = 3000; // milliseconds that a book stays as it is before it counts as one of the visit's
const books = new Map(); // job -> which book it is: one that was opened again has a new job
let reopened = ""; // the book whose file is on its way to the server
let standing = 0, stands = ""; // the timer, and what it waits for

const visit = gallery({
  section: element.querySelector(".st-visit"), tab: constants.tab, most: constants.most_kept,
  key: ({id}) => id,
  title: ({title}) => title,
  pictures: ({cover}) => [Object.assign(make("img"), {src: cover, alt: ""})],
  open: reopen,
});

// A finished book that a hand has left alone for a while. With its file, where the browser keeps it: the server will not.
function visited() {
  const done = value.job && value.pages && !busy() && !value.missing.length && !value.recorded;
  if (busy()) reopened = "";
  if (done && reopened) books.set(value.job, reopened);
  if (done) reopened = "";
  const now = done ? value.job + value.markup : "";
  if (now !== stands) {
    clearTimeout(standing);
    stands = now;
    if (now) standing = setTimeout(note, SEEN, value);
  }
  visit.draw({id: books.get(value.job) ?? value.job ?? ""}, busy());
}

async function note({job, title, pages}) {
  const file = asks() ? await ask("story_file", {job, kind: "html"}) : null;
  const cover = await addressOf(pages[0].picture);
  if (cover) visit.add({id: books.get(job) ?? job, job, title, cover, file: file?.error ? null : file});
}

// Asked for from now on: the book that is open needs its file.
element.querySelector(".ag-keep input").addEventListener("change", () => {
  stands = "";
  visited();
});

// The way of a file that a visitor opens.
async function reopen({id, job, file}) {
  const {name, type, data, error} = file ?? (await ask("story_file", {job, kind: "html"}));
  if (error) return tell(error);
  const files = new DataTransfer(), input = document.querySelector(`#${constants.tab}-links input[type=file]`);
  files.items.add(new File([decoded(data)], name, {type}));
  reopened = id;
  input.files = files.files;
  input.dispatchEvent(new Event("change", {bubbles: true}));
}
