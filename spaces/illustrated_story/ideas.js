// Ideas to click. props.value: {ideas: [[English, Chinese]]}. Event: say {idea}, in English.

const chips = element.querySelector(".st-chips"), zh = navigator.language.startsWith("zh");

function draw() {
  chips.replaceChildren(...(props.value?.ideas ?? []).map(([idea, chinese]) => {
    const chip = make("button", "st-chip", zh ? chinese : idea);
    chip.type = "button";
    if (zh) chip.title = idea;
    chip.onclick = () => trigger("say", {idea});
    return chip;
  }));
}

chips.setAttribute("aria-label", words.ideas);
watch("value", draw);
draw();
