// The pad: the picture that is asked about, to be drawn on.
// Its value is "picture:7", a data URL, or, drawn here, a data URL behind `constants.prefix`.

const find = (name) => element.querySelector(`.se-${name}`);
const COLOURS = { black: "#1d1d1b", red: "#d92f20", orange: "#f08a1d", yellow: "#f6d32b", green: "#3b9b3f", blue: "#2f6fdc", purple: "#7b3fb0", brown: "#80522d", white: "#ffffff" };
const PEN = 12;
const pad = find("pad"), pen = pad.getContext("2d"), SIDE = pad.width;
let colour = "black", last = null, past = [], all = null, mine = null;

const image = (address) => new Promise((done, failed) => {
  const made = new Image();
  made.onload = () => done(made);
  made.onerror = failed;
  made.src = address;
});

const sheet = () => server.seeing_pictures().then(async (found) => ({ ...found, shown: await image(found.sheet) }));

function buttons() {
  find("undo").disabled = !past.length;
}

function blank() {
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, SIDE, SIDE);
}

function keep() {
  past = [...past.slice(-19), pen.getImageData(0, 0, SIDE, SIDE)];
}

function changed() {
  mine = props.value = constants.prefix + pad.toDataURL("image/png");
  buttons();
  trigger("drawn");
}

async function show() {
  const value = props.value ?? "";
  if (value === mine) return;
  mine = value;
  past = [];
  buttons();
  const number = Number(/^picture:(\d+)$/.exec(value)?.[1] ?? 0);
  try {
    if (number) {
      const { across, shown } = await (all ??= sheet()), i = number - 1, side = constants.side;
      if (mine !== value) return;
      pen.imageSmoothingQuality = "high";
      pen.drawImage(shown, side * (i % across), side * Math.floor(i / across), side, side, 0, 0, SIDE, SIDE);
    } else if (value.startsWith("data:") || value.startsWith(constants.prefix)) {
      const found = await image(value.replace(constants.prefix, ""));
      if (mine !== value) return;
      blank();
      pen.drawImage(found, 0, 0, SIDE, SIDE);
    } else blank();
  } catch {
    blank();
  }
}

// ---- drawing

const at = (event) => {
  const box = pad.getBoundingClientRect();
  return [((event.clientX - box.left) * SIDE) / box.width, ((event.clientY - box.top) * SIDE) / box.height];
};
function line(to) {
  pen.strokeStyle = COLOURS[colour];
  pen.lineWidth = PEN;
  pen.lineCap = pen.lineJoin = "round";
  pen.beginPath();
  pen.moveTo(...last);
  pen.lineTo(...to);
  pen.stroke();
  last = to;
}
pad.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  event.preventDefault();
  keep();
  pad.setPointerCapture(event.pointerId);
  last = at(event);
  line(last);
});
pad.addEventListener("pointermove", (event) => last && line(at(event)));
for (const end of ["pointerup", "pointercancel"]) {
  pad.addEventListener(end, () => {
    if (!last) return;
    last = null;
    changed();
  });
}
find("blank").onclick = () => {
  keep();
  blank();
  changed();
};
find("undo").onclick = () => {
  pen.putImageData(past.pop(), 0, 0);
  changed();
};

find("pens").setAttribute("aria-label", words.pens);
find("pens").replaceChildren(...Object.keys(COLOURS).map((name) => {
  const made = make("button", "se-pen");
  made.type = "button";
  made.style.setProperty("--ink", COLOURS[name]);
  made.title = words[name];
  made.setAttribute("aria-label", words[name]);
  made.setAttribute("aria-pressed", name === colour);
  made.onclick = () => {
    colour = name;
    [...find("pens").children].forEach((one) => one.setAttribute("aria-pressed", one === made));
  };
  return made;
}));

find("pad-title").textContent = words.title;
pad.setAttribute("aria-label", words.pad);
find("blank").textContent = words.blank;
find("undo").textContent = words.undo;
blank();
watch("value", show);
show();
