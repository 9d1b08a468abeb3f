// What stands under the canvas of an end. props.value: {kind, seed, says}; `says` is a sentence of the server.

function draw() {
  const {kind, seed, says} = props.value || {};
  element.querySelector("p").textContent = says || (kind ? say(words[kind], {seed}) : "");
}

watch("value", draw);
draw();
