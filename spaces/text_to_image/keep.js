// The pictures of this visit, kept in the browser where its owner asks for it; off until then, for machines are shared.

const KEEP = "aigc_keep_pictures";
const asks = () => {
  try {
    return localStorage.getItem(KEEP) === "1";
  } catch {
    return false; // a browser that keeps nothing
  }
};

// One value in IndexedDB. work(store) -> a request; the answer is its result, or undefined where the browser keeps nothing.
const stored = (work) => new Promise((done) => {
  const opening = indexedDB.open("aigc_pictures", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("kept");
  opening.onerror = () => done();
  opening.onsuccess = () => {
    const request = work(opening.result.transaction("kept", "readwrite").objectStore("kept"));
    request.onsuccess = () => (opening.result.close(), done(request.result));
    request.onerror = () => (opening.result.close(), done());
  };
}).catch(() => undefined);

const recalled = () => (asks() ? stored((store) => store.get("past")) : Promise.resolve());
const remember = (past) => asks() && stored((store) => store.put(past, "past"));
function keeping(yes, past) {
  try {
    yes ? localStorage.setItem(KEEP, "1") : localStorage.removeItem(KEEP);
  } catch {}
  return yes ? remember(past) : stored((store) => store.clear());
}
