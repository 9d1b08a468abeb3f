// Makes each streamed answer whole before Gradio's own script reads it.
//
// The server sends what has changed since the last answer (Gradio 6.31: protocol "sse_v3"). Gradio's script writes that
// into the very value that it handed to the page before: where answers come faster than the page takes them up, it
// finds the latest in place of each, and what was shown for a moment is never drawn. It reads them by timers, too,
// which a browser may let overtake each other, and a change that comes before what it changes is shown as if it were
// the answer. Here the changes are written into a copy of our own, and Gradio, told in parts.py that it is served by
// "sse_v1", takes each answer as it comes.
"use strict";
(() => {
  if (window.gradio_config?.protocol !== "sse_v1") return; // a page of someone else's that embeds this one
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
    const before = standing[run];
    if (before) output.data = output.data.map((edits, i) => edits.reduce(edited, before[i]));
    standing[run] = output.data;
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
