// The bundled pictures, which words sort. Its value is the one that was taken: "picture:7".

const find = (name) => element.querySelector(`.se-${name}`);
let waiting = 0, asked = 0;

function mark() {
  [...find("strip").children].forEach((one) => one.setAttribute("aria-pressed", props.value === `picture:${one.dataset.number}`));
}

async function strip() {
  const { sheet, prompts, across } = await server.seeing_pictures(), rows = Math.ceil(prompts.length / across);
  find("strip").replaceChildren(...prompts.map((prompt, i) => {
    const made = make("button", "se-thumb"), x = i % across, y = Math.floor(i / across);
    made.type = "button";
    made.dataset.number = i + 1;
    made.title = prompt;
    made.setAttribute("aria-label", say(words.take, { prompt }));
    made.style.backgroundImage = `url("${sheet}")`;
    made.style.backgroundSize = `${100 * across}% ${100 * rows}%`;
    made.style.backgroundPosition = `${(100 * x) / (across - 1)}% ${(100 * y) / (rows - 1)}%`;
    made.onclick = () => {
      props.value = `picture:${i + 1}`;
      mark();
      trigger("take");
    };
    return made;
  }));
  mark();
}

async function search(text) {
  const turn = ++asked, inOrder = (one) => Number(one.dataset.number);
  const answer = text ? await server.seeing_search(text) : { order: [...find("strip").children].map(inOrder).sort((a, b) => a - b) };
  if (turn !== asked) return;
  write(find("said"), answer.error ?? (text ? say(words.sorted, { text }) : ""));
  if (!answer.order) return;
  const of = Object.fromEntries([...find("strip").children].map((one) => [one.dataset.number, one]));
  find("strip").replaceChildren(...answer.order.map((number) => of[number]).filter(Boolean));
}

find("search").querySelector("input").addEventListener("input", (event) => {
  clearTimeout(waiting);
  waiting = setTimeout(search, 250, event.target.value.trim());
});
find("search").querySelector("span").textContent = words.search;
find("search").querySelector("input").placeholder = words.placeholder;
find("strip").setAttribute("aria-label", words.strip);
watch("value", mark);
strip();
