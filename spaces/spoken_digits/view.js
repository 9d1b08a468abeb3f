// Draws the value of view.py: the digits as a caption that follows the sound, a player, the wave and the spectrogram
// with a line where the sound is. Whatever is new is played at once.

const find = (name) => element.querySelector(`.sd-${name}`);
const player = find("player"), NS = "http://www.w3.org/2000/svg";
const HERTZ = [250, 500, 1000, 2000, 4000]; // lines of the scale, which is the mel scale
const mel = (hertz) => 2595 * Math.log10(1 + hertz / 700);
let value = {}, shown = "", frame = 0;

function caption() {
  find("digits").replaceChildren(...value.digits.map((one, i) => {
    const digit = make("button", one.heard === one.digit ? "" : "wrong", String(one.digit));
    digit.type = "button";
    digit.title = say(words.hear_one, { digit: one.digit });
    digit.setAttribute("aria-label", say(words.hear_one, { digit: one.digit }));
    digit.onclick = () => { player.currentTime = value.digits[i].from; player.play(); stop_at = value.digits[i].to; };
    return digit;
  }));
  find("digits").setAttribute("aria-label", words.digits);
  const number = value.digits.map((one) => one.digit).join(""), heard = value.digits.map((one) => one.heard).join("");
  const sure = Math.min(...value.digits.map((one) => one.chance));
  const facts = {
    number, heard, title: value.title, voice: value.voice[0].toUpperCase() + value.voice.slice(1),
    seconds: value.seconds.toFixed(1), sure: sure > 0.995 ? "> 99 %" : `${Math.round(100 * sure)} %`, time: value.milliseconds < 1000 ? `${value.milliseconds} ms` : `${(value.milliseconds / 1000).toFixed(1)} s`,
  };
  const right = number === heard;
  write(find("caption"), `${say(words.said, facts)} ${say(right ? words.right : words.wrong, facts)}`);
  write(find("note"), say(words.made, facts));
  find("spectrogram").alt = say(words.spectrogram, facts);
  find("wave").setAttribute("aria-label", say(words.wave, facts));
}

function wave() {
  const n = value.outline.length, up = value.outline.map((y, i) => `${i},${50 - 48 * y}`);
  const down = value.outline.map((y, i) => `${i},${50 + 48 * y}`).reverse();
  const shape = document.createElementNS(NS, "polygon");
  shape.setAttribute("points", [...up, ...down].join(" "));
  find("wave").setAttribute("viewBox", `0 0 ${Math.max(1, n - 1)} 100`);
  find("wave").replaceChildren(shape);
}

function scales() {
  const line = (className, text, side, at) => {
    const made = make("span", className, text);
    made.style[side] = `${100 * at}%`;
    return made;
  };
  find("scale").replaceChildren(...HERTZ.map((hertz) =>
    line("", hertz < 1000 ? `${hertz} Hz` : `${hertz / 1000} kHz`, "bottom", mel(hertz) / mel(4000))));
  const step = [0.1, 0.2, 0.5, 1, 2].find((one) => value.seconds / one <= 7) || 5;
  const ticks = Array.from({ length: Math.floor(value.seconds / step + 0.01) + 1 }, (_, i) => i * step);
  find("times").replaceChildren(...ticks.map((at) => line("", `${at.toFixed(1)} s`, "left", at / value.seconds)));
}

let stop_at = Infinity;
function follow() {
  cancelAnimationFrame(frame);
  const now = player.currentTime;
  find("head").style.left = `${(100 * Math.min(now, value.seconds)) / value.seconds}%`;
  [...find("digits").children].forEach((digit, i) => {
    const one = value.digits[i];
    digit.classList.toggle("now", !player.paused && now >= one.from && now < one.to + 0.03);
  });
  if (now >= stop_at) { stop_at = Infinity; player.pause(); }
  if (!player.paused) frame = requestAnimationFrame(follow);
}

function draw() {
  const now = received() || {};
  write(find("message"), now.message || "");
  write(find("badge"), now.recorded ? words.recorded : "");
  if (!now.sound) return; // only a sentence: what is on screen stays
  value = now;
  find("wait").hidden = true;
  find("found").hidden = false;
  caption();
  wave();
  scales();
  find("spectrogram").src = value.spectrogram;
  Object.assign(find("save"), { href: value.sound, download: `${value.digits.map((one) => one.digit).join("")}.wav` });
  stop_at = Infinity;
  // The same file twice is no news; what stood there when the page came does not begin to speak by itself.
  if (player.src !== value.sound) player.src = value.sound;
  else player.currentTime = 0;
  if (shown && !now.recorded) player.play().catch(() => {});
  shown = value.sound;
  follow();
}

for (const event of ["play", "pause", "seeked", "timeupdate", "ended"]) player.addEventListener(event, follow);
player.addEventListener("ended", () => { stop_at = Infinity; });
player.setAttribute("aria-label", words.player);
find("pictures").addEventListener("click", (event) => {
  const box = find("pictures").getBoundingClientRect();
  stop_at = Infinity;
  player.currentTime = (value.seconds * (event.clientX - box.left)) / box.width;
  player.play();
});
// A digit on the keyboard is a key of the pad, while nothing is being typed.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !/^[0-9]$/.test(event.key)) return;
  const key = document.getElementById(`spoken_digits-key-${event.key}`);
  if (key?.offsetParent && element.isConnected) key.click();
});
find("wait").textContent = words.waiting;
find("save").textContent = words.save;
watch("value", draw);
draw();
