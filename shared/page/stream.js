// Makes each streamed answer whole before Gradio's own script reads it.
//
// The server sends what has changed since the last answer, and Gradio (6.31) writes that into the very value that it
// handed to the page before. Where answers come faster than the page takes them up, it finds the latest in place of
// each, so that what was shown for a moment is never drawn. Here the changes are written into a copy of our own, and
// Gradio is given a new value each time.
"use strict";
(() => {
  const standing = {}; // what the outputs are by now, of each run that is under way

  function edited(value, [action, path, what]) {
    if (!path.length) return action === "append" ? value + what : what;
    const last = path.at(-1), place = path.slice(0, -1).reduce((inner, key) => inner[key], value);
    if (action === "append") place[last] += what;
    else if (action === "delete" && Array.isArray(place)) place.splice(last, 1);
    else if (action === "delete") delete place[last];
    else if (action === "add" && Array.isArray(place)) place.splice(last, 0, what);
    else place[last] = what;
    return value;
  }

  function whole(event) {
    const answer = JSON.parse(event.slice(event.indexOf(":") + 1));
    const {msg, event_id: run, output} = answer;
    if (msg === "process_completed") delete standing[run];
    if (msg !== "process_generating" || !output?.data) return event;
    const outputs = standing[run];
    if (!outputs) {
      standing[run] = output.data;
      return event;
    }
    output.data.forEach((edits, i) => {
      if (!edits.length) return;
      outputs[i] = edits.reduce(edited, outputs[i]);
      output.data[i] = [["replace", [], outputs[i]]];
    });
    return "data: " + JSON.stringify(answer);
  }

  function wholeEvents() {
    let rest = "";
    return new TransformStream({
      transform(text, stream) {
        const events = (rest + text).split("\n\n");
        rest = events.pop();
        for (const event of events) stream.enqueue(whole(event) + "\n\n");
      },
    });
  }

  const plainFetch = window.fetch;
  window.fetch = async (asked, options) => {
    const answer = await plainFetch(asked, options);
    if (!new URL(asked.url ?? asked, location.href).pathname.endsWith("/queue/data") || !answer.ok) return answer;
    const text = answer.body.pipeThrough(new TextDecoderStream()).pipeThrough(wholeEvents());
    return new Response(text.pipeThrough(new TextEncoderStream()), answer);
  };
})();
